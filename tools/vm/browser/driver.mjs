// driver.mjs <settings.json>: runs a script of a person's in Chromium, against the ports of a guest.
// Chromium and ffmpeg are the machine's; nothing is downloaded, and no host but the guest is there.
// How it went is in settings.result; a video, a trace and a picture of each failure are kept under
// settings.record, which is the beginning of their names.
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const start = Date.now();
const mostLines = 2000;
let lines = 0;

class Failure extends Error {
  constructor(message, hint = '') {
    super(message);
    this.hint = hint;
  }
}

function log(text) {
  if (++lines <= mostLines) {
    const time = ((Date.now() - start) / 1000).toFixed(2).padStart(6);
    process.stdout.write(`${time} ${text.slice(0, 2000)}\n`);
  }
}

/** The file of playwright-core: what is named has to have it, else it is looked for as Node does. */
function findPlaywright() {
  const named = settings.playwright !== '';
  for (const place of named ? [settings.playwright] : [dirname(settings.script), process.cwd()]) {
    try {
      return createRequire(join(place, 'any.js')).resolve('playwright-core');
    } catch {
      // in the next one
    }
  }
  const place = named ? settings.playwright : dirname(settings.script);
  throw new Failure(
    `playwright-core is not there, neither in ${place} nor in a directory above it`,
    `npm install --prefix ${place} playwright-core` +
      (named ? '' : ', or name a directory that has it by the environment variable GANTRY_PLAYWRIGHT'),
  );
}

/** Playwright wants an ffmpeg of its own: the machine's is put where it looks. */
function provideVideo(playwright) {
  if (settings.ffmpeg === '') {
    log('there is no video: ffmpeg is not installed');
    return false;
  }
  const { browsers } = JSON.parse(readFileSync(join(dirname(playwright), 'browsers.json'), 'utf8'));
  const { revision } = browsers.find(({ name }) => name === 'ffmpeg');
  const directory = join(settings.work, `ffmpeg-${revision}`);
  mkdirSync(directory);
  symlinkSync(settings.ffmpeg, join(directory, 'ffmpeg-linux'));
  writeFileSync(join(directory, 'INSTALLATION_COMPLETE'), '');
  return true;
}

function watch(page) {
  page.on('console', (message) => log(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => log(`error in the page: ${error.message}`));
  page.on('requestfailed', (request) =>
    log(`failed: ${request.method()} ${request.url()}: ${request.failure()?.errorText}`),
  );
  page.on('response', (response) => {
    if (response.status() >= 400) {
      log(`${response.status()}: ${response.request().method()} ${response.url()}`);
    }
  });
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) {
      log(`at ${frame.url()}`);
    }
  });
}

/** What scripts get as env. */
function environment(page) {
  const scheme = (port) => (port === '443' || port === '8443' ? 'https' : 'http');
  const url = (port, path = '/') => {
    const host = settings.ports[port];
    if (host === undefined) {
      throw new Failure(`port ${port} of the guest is not forwarded`, 'name it in the guest');
    }
    return `${scheme(String(port))}://127.0.0.1:${host}${path}`;
  };
  const usual = ['80', '8080', '443', '8443'].find((port) => port in settings.ports);
  return {
    baseUrl: url(usual ?? Object.keys(settings.ports)[0], ''),
    ports: settings.ports,
    url,
    log,
    /** Keeps a picture of the page. */
    screenshot: (name) => page.screenshot({ path: `${settings.record}-${name}.png` }),
  };
}

/** Where in the script an error is from: "wizard.mjs:12", or nothing. */
function lineOf(error) {
  const stack = String(error?.stack ?? '');
  for (const name of [pathToFileURL(settings.script).href, settings.script]) {
    const at = stack.indexOf(`${name}:`);
    const line = at < 0 ? null : /^\d+/.exec(stack.slice(at + name.length + 1));
    if (line) {
      return `${settings.script}:${line[0]}`;
    }
  }
  return '';
}

async function loadScript() {
  const module = await import(pathToFileURL(settings.script).href);
  if (typeof module.default !== 'function') {
    throw new Failure(
      'the script exports no function',
      'export default async ({ page, context, env }) => { … } in a .mjs, module.exports = in a .cjs',
    );
  }
  return module.default;
}

/** Runs into an error when the time is over, or somebody wants it to end. */
function ending() {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new Failure('the time is over while the script runs in the browser')),
      settings.timeout,
    ).unref();
    process.once('SIGTERM', () => reject(new Failure('the script was told to end')));
  });
}

async function keepVideos(videos) {
  let number = 0;
  for (const video of videos) {
    const from = await video.path();
    if (existsSync(from)) {
      number += 1;
      renameSync(from, `${settings.record}${number > 1 ? `-${number}` : ''}.webm`);
    }
  }
}

async function drive(end) {
  const playwright = findPlaywright();
  const script = await loadScript();
  process.env.PLAYWRIGHT_BROWSERS_PATH = settings.work;
  process.env.TMPDIR = settings.work;
  const hasVideo = provideVideo(playwright);
  const { chromium } = (await import(pathToFileURL(playwright).href)).default;
  const browser = await chromium.launch({
    executablePath: settings.chromium,
    chromiumSandbox: process.getuid() !== 0,
    handleSIGTERM: false,
    args: ['--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
  });
  const size = { width: 1024, height: 768 };
  const context = await browser.newContext({
    viewport: size,
    ignoreHTTPSErrors: true,
    baseURL: environment(null).baseUrl,
    ...(hasVideo && { recordVideo: { dir: settings.work, size } }),
  });
  const videos = [];
  context.on('page', (page) => {
    watch(page);
    if (hasVideo) {
      videos.push(page.video());
    }
  });
  context.setDefaultTimeout(settings.actionTimeout);
  await context.tracing.start({ screenshots: true, snapshots: true });
  const page = await context.newPage();
  log(`Chromium ${browser.version()}`);
  let failure;
  try {
    await Promise.race([script({ page, context, env: environment(page) }), end]);
  } catch (error) {
    failure = error;
    await page
      .screenshot({ path: `${settings.record}.png`, timeout: 5000 })
      .catch((why) => log(`no picture: ${why.message}`));
  }
  await context.tracing.stop({ path: `${settings.record}.zip` });
  await context.close();
  await browser.close();
  await keepVideos(videos);
  if (failure) {
    throw failure;
  }
}

const colours = /\x1b\[[0-9;]*m/g;
const end = ending();
end.catch(() => {});
try {
  // What is to be kept gets some seconds more.
  const late = end.catch(async (why) => {
    await new Promise((done) => setTimeout(done, settings.grace));
    throw why;
  });
  await Promise.race([drive(end), late]);
  writeFileSync(settings.result, '{}');
} catch (error) {
  const message = String(error?.message ?? error).replace(colours, '');
  log(`failed: ${message}`);
  writeFileSync(
    settings.result,
    JSON.stringify({ what: message, where: lineOf(error), hint: error?.hint ?? '' }),
  );
}
process.exit(0);
