// look.mjs <directory>: opens every <name>.html of a directory in Chromium, as people would, and
// fails if anything is wrong with it. <name>.expected.json says what its figures must be: an object
// of JSON pointers and numbers. Screenshots are left beside the pages.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const directory = resolve(process.argv[2]);
const views = [
  { name: '1280-light', width: 1280, colorScheme: 'light', media: 'screen' },
  { name: '1280-dark', width: 1280, colorScheme: 'dark', media: 'screen' },
  { name: '360-light', width: 360, colorScheme: 'light', media: 'screen' },
  { name: '360-dark', width: 360, colorScheme: 'dark', media: 'screen' },
  { name: 'print', width: 688, colorScheme: 'dark', media: 'print' },
];
const problems = [];

/** What the page shows as figures, and what it says that they are. */
function readFigures() {
  const summary = JSON.parse(document.getElementById('figures').textContent);
  const at = (pointer) =>
    pointer.split('/').slice(1).reduce((value, key) => value?.[key], summary);
  return [...document.querySelectorAll('data')].map((element) => ({
    pointer: element.dataset.figure,
    value: Number(element.value),
    summary: at(element.dataset.figure),
    text: element.innerText,
    unit: element.closest('table')?.caption?.innerText ?? '',
    column: (() => {
      const cell = element.closest('td');
      const head = cell?.closest('table').tHead;
      return head ? head.rows[0].cells[cell.cellIndex].innerText : '';
    })(),
  }));
}

const factors = { ns: 1, 'µs': 1e3, ms: 1e6, s: 1e9, 'MB/s': 1e6, 'GB/s': 1e9, 'kB/s': 1e3, 'B/s': 1,
  '%': 0.01, IOPS: 1, pJ: 1, nJ: 1e3, 'µJ': 1e6, mJ: 1e9, J: 1e12 };

/** The number that people read, whose unit stands in the cell, its column or its table. */
function shownValue({ text, unit, column, pointer }) {
  const [number, own] = text.replaceAll(',', '').split(/\s+/);
  const isTime = /latency|lat_ns|p99_ns/.test(pointer);
  const isBandwidth = /bytes_per_second|bw_bytes/.test(pointer);
  const found = own ?? (isTime || isBandwidth
    ? (/(?:^|[ ,])([kMGµnm]?B\/s|[µnm]s)(?:$|[ :,.])/.exec(column) ?? /\b(?:in|,) ([µnm]s)\b/.exec(unit))?.[1]
    : undefined);
  if ((isTime || isBandwidth) && found === undefined) {
    return { error: `no unit of ${pointer}: ${text}, ${column}, ${unit}` };
  }
  const factor = found === undefined ? 1 : factors[found];
  const decimals = (number.split('.')[1] ?? '').length;
  return { value: Number(number) * factor, error: undefined, half: 0.5000001 * factor * 10 ** -decimals };
}

function checkFigures(page, figures, expected) {
  if (figures.length < 10) {
    problems.push(`${page}: only ${figures.length} figures`);
  }
  for (const figure of figures) {
    const shown = shownValue(figure);
    if (shown.error || !(Math.abs(shown.value - figure.value) <= shown.half)) {
      problems.push(`${page}: ${figure.pointer} is ${figure.value} and shown as ${figure.text} ${shown.error ?? ''}`);
    }
    if (figure.summary !== figure.value) {
      problems.push(`${page}: ${figure.pointer} is ${figure.summary} in the summary and ${figure.value} beside the text`);
    }
  }
  for (const [pointer, value] of Object.entries(expected)) {
    if (!figures.some((figure) => figure.pointer === pointer && figure.value === value)) {
      problems.push(`${page}: ${pointer} is not shown as ${value}`);
    }
  }
}

/** What is wrong with the drawings as they stand on the page: places and contrast of their texts. */
function judgeDrawings() {
  const found = [];
  const luminance = (colour) => {
    const parts = /rgb\((\d+), (\d+), (\d+)\)/.exec(colour).slice(1).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const page = /rgba\(0, 0, 0, 0\)/.test(paper) ? 'rgb(255, 255, 255)' : paper;
  for (const svg of document.querySelectorAll('svg')) {
    if (svg.getBoundingClientRect().width === 0) {
      continue;
    }
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '');
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const areas = [...svg.querySelectorAll('rect')].map((rect) => [rect.getBoundingClientRect(), rect]);
    texts.forEach((text, at) => {
      const box = boxes[at];
      const name = `"${text.textContent}" in "${svg.querySelector('title').textContent}"`;
      if (box.left < -1 || box.right > document.documentElement.clientWidth + 1) {
        found.push(`${name} is cut off`);
      }
      for (let other = 0; other < at; ++other) {
        const second = boxes[other];
        if (box.left + 1 < second.right && second.left + 1 < box.right &&
            box.top + 3 < second.bottom && second.top + 3 < box.bottom) {
          found.push(`${name} is over "${texts[other].textContent}"`);
        }
      }
      const x = (box.left + box.right) / 2;
      const y = (box.top + box.bottom) / 2;
      const under = areas.findLast(([area]) => area.left <= x && x <= area.right && area.top <= y && y <= area.bottom);
      const ratio = contrast(getComputedStyle(text).fill, under ? getComputedStyle(under[1]).fill : page);
      if (ratio < 4.5) {
        found.push(`${name} has a contrast of ${ratio.toFixed(2)}`);
      }
      if (getComputedStyle(text).fontSize !== '11px' || box.height < 8) {
        found.push(`${name} is ${box.height.toFixed(1)} pixels high`);
      }
    });
  }
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
    found.push(`the page is ${document.documentElement.scrollWidth} pixels wide`);
  }
  return found;
}

async function look(browser, file, view) {
  const name = `${basename(file, '.html')} ${view.name}`;
  const context = await browser.newContext({
    viewport: { width: view.width, height: 900 }, colorScheme: view.colorScheme, bypassCSP: false });
  const page = await context.newPage();
  const own = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== own) {
      problems.push(`${name}: asks for ${request.url().slice(0, 200)}`);
    }
  });
  page.on('console', (message) => problems.push(`${name}: console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`${name}: ${error}`));
  page.on('dialog', (dialog) => {
    problems.push(`${name}: a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.emulateMedia({ media: view.media, colorScheme: view.colorScheme });
  await page.goto(own);
  if (view.name === '1280-light') {
    const expected = JSON.parse(readFileSync(file.replace(/html$/, 'expected.json'), 'utf8'));
    checkFigures(name, await page.evaluate(readFigures), expected);
  }
  for (const problem of await page.evaluate(judgeDrawings)) {
    problems.push(`${name}: ${problem}`);
  }
  await page.screenshot({ path: file.replace(/html$/, `${view.name}.png`), fullPage: true });
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document));
  for (const violation of result.violations) {
    const places = violation.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ');
    problems.push(`${name}: axe: ${violation.id}: ${violation.help} (${places})`);
  }
  if (result.passes.length < 15) {
    problems.push(`${name}: axe has only ${result.passes.length} checks to pass`);
  }
  await context.close();
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const files = readdirSync(directory).filter((name) => name.endsWith('.html')).sort();
for (const file of files) {
  for (const view of views) {
    await look(browser, join(directory, file), view);
  }
}
await browser.close();
for (const problem of problems) {
  console.log(problem);
}
console.log(`${files.length} pages in ${views.length} views: ${problems.length} problems`);
process.exit(files.length === 0 || problems.length > 0 ? 1 : 0);
