// Goes through the machine's setup, as a person would. Playwright waits for what it clicks.
export default async ({ page, env }) => {
  const screen = async (heading) => {
    await page.getByRole('heading', { name: heading }).waitFor();
    env.log(`screen ${heading}`);
  };
  await page.goto('/');

  await screen('Language');
  await page.getByLabel('Language').selectOption('de');
  await page.getByRole('button', { name: 'Next' }).click();

  await screen('Account');
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password').fill('F4k3 Passw0rd!');
  await page.getByLabel('Again').fill('F4k3 Passw0rd!');
  await page.getByRole('button', { name: 'Next' }).click();

  await screen('Confirm');
  await page.getByText('Administrator: admin.').waitFor();
  await page.getByRole('button', { name: 'Finish' }).click();

  await screen('Done');
  await env.screenshot('done');
};
