import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

import type {Browser} from 'playwright';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {ROOT} from '../package/sources';
import {serveFolder, type Site} from './support/serveFolder';
import {startChromium, watchedPage} from './support/startChromium';

const CDN = /https:\/\/cdn\.jsdelivr\.net\/npm\/((?:@[\w-]+\/)?[\w-]+)(?:@[\w.]+)?\//g;

/** The pages that docs/browser.md shows, with the files of this repository in place of a CDN's. */
function documentedPages(): string[] {
  const text = readFileSync(path.join(ROOT, 'docs/browser.md'), 'utf8');
  return [...text.matchAll(/^```html\n([\s\S]*?)^```$/gm)].map(([, page = '']) =>
    page.replaceAll(CDN, (_, name: string) =>
      name === 'lt-robust' ? '/' : `/node_modules/${name}/`,
    ),
  );
}

describe('the file for pages without a bundler', () => {
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(path.join(ROOT, 'dist/lt-robust.browser.js'))) {
      throw new Error('dist/lt-robust.browser.js is missing: run "npm run build" first.');
    }
    site = await serveFolder(ROOT.replace(/\/$/, ''));
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  /** Shows a page as if it lay in the root of the site. */
  async function show(html: string) {
    const watched = await watchedPage(browser);
    const url = `${site.url}bare.html`;
    await watched.page.route(url, (route) => route.fulfill({contentType: 'text/html', body: html}));
    await watched.page.goto(url);
    return watched;
  }

  it('is documented in two ways', () => {
    const pages = documentedPages();
    expect(pages).toHaveLength(2);
    expect(pages.filter((page) => page.includes('importmap'))).toHaveLength(1);
    expect(pages.join('\n')).not.toContain('jsdelivr');
  });

  it.each(
    documentedPages().map((html): [string, string] => [/<title>(.*)</.exec(html)?.[1] ?? '', html]),
  )('attacks as documented: %s', async (_title, html) => {
    const {page, complaints, requests, close} = await show(html);
    await expect.poll(() => page.textContent('#answer')).toBe('The largest change is 0.100.');
    expect(requests.filter((url) => url.endsWith('lt-robust.browser.js'))).toHaveLength(1);
    expect(complaints).toEqual([]);
    await close();
  });

  it('has the names of the rooms that run in a browser', async () => {
    const [withMap = ''] = documentedPages();
    const script = `import * as all from 'lt-robust'; document.title = Object.keys(all).sort().join();`;
    const html = withMap.replace(
      /<script type="module">[\s\S]*<\/script>/,
      `<script type="module">${script}</script>`,
    );
    const {page, close} = await show(html);
    await expect.poll(() => page.title()).toContain('pgdAttack');
    const names = (await page.title()).split(',');
    const expected = new Set<string>();
    for (const room of ['', 'data/', 'kernels/', 'models/', 'report/']) {
      const entry = path.join(ROOT, `src/${room}index.ts`);
      for (const name of Object.keys((await import(entry)) as object)) expected.add(name);
    }
    expect(names).toEqual([...expected].sort());
    await close();
  });

  it('says what is missing where there is no TensorFlow.js', async () => {
    const script = `import('/dist/lt-robust.browser.js').catch((error) => { document.title = error.message; });`;
    const {page, close} = await show(`<script type="module">${script}</script>`);
    await expect
      .poll(() => page.title())
      .toBe(
        'lt-robust found no @tensorflow/tfjs-core: load TensorFlow.js by a script before, or name it in an import map.',
      );
    await close();
  });
});
