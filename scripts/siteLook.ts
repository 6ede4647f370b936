/**
 * Looks at the built site and the built playground in Chromium, wide and on a phone, light and dark:
 * nothing may be wider than its screen, complain in the console or break a rule of axe. Prints the first
 * paint of each; with `--pictures` takes those of the documents, docs/images/site-*.png.
 *
 *     npm run docs:site && npm run playground:build && npm run site:look
 */
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {chromium, type Browser, type Page} from 'playwright';
import {preview} from 'vite';
import {serve} from 'vitepress';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const IMAGES = path.resolve('docs/images');

const VIEWS = [
  {view: 'wide', viewport: {width: 1400, height: 900}},
  {view: 'phone', viewport: {width: 400, height: 800}},
] as const;
const SCHEMES = ['light', 'dark'] as const;

/** Pages of the site, and the views in which each is shown in the documents. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  '': ['wide-light', 'phone-dark'],
  attack: [],
  reading: [],
  methods: ['wide-dark'],
  paper: ['wide-light'],
  results: [],
  'long-tails': ['phone-light'],
  'api/index/functions/pgdAttack': ['wide-light'],
};

interface Look {
  readonly overflow: number;
  readonly firstPaint: number;
  readonly violations: readonly string[];
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const look = async (page: Page): Promise<Look> => {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const {axe: checker} = window as unknown as {
      axe: {run(): Promise<{violations: {id: string; nodes: {html: string}[]}[]}>};
    };
    const {violations} = await checker.run();
    const {scrollWidth, clientWidth} = document.documentElement;
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return {
      overflow: scrollWidth - clientWidth,
      firstPaint: paint?.startTime ?? NaN,
      violations: violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html ?? ''}`),
    };
  });
};

const takesPictures = process.argv.includes('--pictures');
const faults: string[] = [];

async function visit(browser: Browser, url: string, name: string, shown: readonly string[]) {
  for (const {view, viewport} of VIEWS) {
    for (const colorScheme of SCHEMES) {
      const where = `${name === '' ? 'index' : name}, ${view}-${colorScheme}`;
      const context = await browser.newContext({viewport, colorScheme});
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`${where}: ${message.text()}`);
      });
      page.on('pageerror', (error) => faults.push(`${where}: ${String(error)}`));
      await page.goto(url, {waitUntil: 'networkidle'});
      const {overflow, firstPaint, violations} = await look(page);
      if (overflow > 0) faults.push(`${where}: ${overflow} pixels too wide`);
      faults.push(...violations.map((violation) => `${where}: ${violation}`));
      console.log(`${where}: first paint ${firstPaint.toFixed(0)} ms`);
      if (takesPictures && shown.includes(`${view}-${colorScheme}`)) {
        const file = name === '' ? 'index' : path.basename(name);
        await page.screenshot({path: path.join(IMAGES, `site-${file}-${view}-${colorScheme}.png`)});
      }
      await context.close();
    }
  }
}

const executablePath = process.env['CHROMIUM_PATH'] ?? PLACES.find((file) => existsSync(file));
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : {executablePath}),
  args: ['--no-sandbox'],
});
const port = 4179;
await serve({root: 'docs', port});
const playground = await preview({
  configFile: path.resolve('examples/playground/vite.config.ts'),
  preview: {port: 0},
  logLevel: 'warn',
});
try {
  for (const [name, shown] of Object.entries(PAGES)) {
    await visit(browser, `http://localhost:${port}/${name}`, name, shown);
  }
  const url = playground.resolvedUrls?.local[0] ?? '';
  await visit(browser, `${url}?backend=wasm`, 'playground', []);
} finally {
  await browser.close();
  await playground.close();
}
for (const fault of faults) console.error(fault);
console.log(`${Object.keys(PAGES).length + 1} pages, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
