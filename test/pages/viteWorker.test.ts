import {execFileSync} from 'node:child_process';
import path from 'node:path';

import type {Browser} from 'playwright';
import {afterAll, beforeAll, expect, it} from 'vitest';

import {temporaryFolder} from '../support/temporaryFolder';
import {packedExample} from './support/packedExample';
import {serveFolder, type Site} from './support/serveFolder';
import {startChromium, watchedPage} from './support/startChromium';

const folder = temporaryFolder();
let site: Site;
let browser: Browser;

beforeAll(async () => {
  packedExample('vite-worker', folder.path);
  const vite = path.join(folder.path, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], {cwd: folder.path});
  site = await serveFolder(path.join(folder.path, 'dist'));
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser.close();
  await site.close();
  folder.remove();
});

it('the worker of the example attacks, reports, and stops when it is told to', async () => {
  const {page, complaints, close} = await watchedPage(browser);
  const said = () => page.textContent('#status');
  await page.goto(site.url);
  // Stopped by the page itself at the first step that it shows: on a busy machine the attack is over before this
  // process sees one.
  await page.evaluate(() => {
    const find = (id: string) => document.querySelector<HTMLElement>(id) as HTMLElement;
    const status = find('#status');
    new MutationObserver((_, observer) => {
      if (!/^Step \d+ of 200$/.test(status.textContent ?? '')) return;
      observer.disconnect();
      find('#stop').click();
    }).observe(status, {childList: true, characterData: true, subtree: true});
  });
  await page.click('#attack');
  await expect.poll(said).toBe('Stopped.');
  await page.click('#attack');
  await expect.poll(said).toBe('Done on wasm: no pixel changed by more than 0.100.');
  expect(await page.getAttribute('#progress', 'value')).toBe('1');
  expect(complaints).toEqual([]);
  await close();
});
