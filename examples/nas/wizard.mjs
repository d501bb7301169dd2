// Goes through the seven screens of MediaWiki's installer: language, welcome, database, name and
// administrator, what will be done, the installation itself, and that it is complete. Each shows only
// the fields of its own.
const mostScreens = 14;

const answers = {
  sqlite_wgSQLiteDataDir: '/var/lib/mediawiki/data',
  config_wgSitename: 'Gantry NAS',
  config__AdminName: 'ciadmin',
  config__AdminPassword: 'F4k3Passw0rd!',
  config__AdminPasswordConfirm: 'F4k3Passw0rd!',
};
const choices = { config_DBType: 'sqlite', config__SkipOptional: 'skip' };

async function answer(page) {
  for (const [name, value] of Object.entries(choices)) {
    const choice = page.locator(`input[name="${name}"][value="${value}"]`);
    if ((await choice.count()) > 0 && (await choice.isVisible())) {
      await choice.check();
    }
  }
  for (const [name, value] of Object.entries(answers)) {
    const field = page.locator(`input[name="${name}"]`);
    if ((await field.count()) > 0) {
      await field.fill(value);
    }
  }
}

export default async ({ page, env }) => {
  await page.goto('/mediawiki/mw-config/index.php');
  for (let number = 1; number <= mostScreens; number += 1) {
    const heading = (await page.locator('h2').first().textContent()).trim();
    env.log(`screen ${number}: ${heading}`);
    await env.screenshot(`screen-${number}`);
    const complaints = await page.locator('.cdx-message--error, .errorbox').allTextContents();
    if (complaints.length > 0) {
      throw new Error(`the installer complains: ${complaints.join(' ').trim()}`);
    }
    if (/complete/i.test(heading)) {
      return;
    }
    await answer(page);
    // The installation takes as long as its page.
    await Promise.all([
      page.waitForNavigation({ waitUntil: 'networkidle', timeout: 0 }),
      page.locator('input[name="submit-continue"]').last().click(),
    ]);
  }
  throw new Error(`the installer has more than ${mostScreens} screens`);
};
