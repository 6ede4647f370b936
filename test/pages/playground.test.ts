import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import type {Browser, Page} from 'playwright';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier} from '../../src/core/classifier';
import {subset, type DatasetInMemory} from '../../src/core/dataset';
import {idxDataset} from '../../src/data/idx';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {fileModel} from '../../src/node/fileModel';
import {ROOT} from '../package/sources';
import {builtPlayground} from './support/builtPlayground';
import {longestTask} from './support/freezes';
import {expectPicture} from './support/pictures';
import {serveFolder, type Site} from './support/serveFolder';
import {startChromium, watchedPage, type WatchedPage} from './support/startChromium';

let folder: string;
let site: Site;
let browser: Browser;
let data: DatasetInMemory;
let undo: () => void;

beforeAll(async () => {
  folder = await builtPlayground();
  site = await serveFolder(folder);
  browser = await startChromium();
  const read = (name: string) => new Uint8Array(readFileSync(path.join(folder, 'data', name)));
  data = idxDataset(read('images.idx'), read('labels.idx'));
  undo = await registerGradientKernels();
}, 180_000);

afterAll(async () => {
  undo();
  await browser.close();
  await site.close();
});

const settled = (page: Page) => page.waitForSelector('body[data-attack="done"]');

async function open(backend: string, options = {}): Promise<WatchedPage> {
  const watched = await watchedPage(browser, options);
  await watched.page.goto(`${site.url}?backend=${backend}`);
  await settled(watched.page);
  // Drawn with the next picture of the screen.
  await expect.poll(() => watched.page.textContent('#step-name')).toBe('step 20');
  return watched;
}

/** Red of every pixel of a canvas. */
const redOf = (page: Page, id: string): Promise<number[]> =>
  page.evaluate((name) => {
    const canvas = document.getElementById(name) as HTMLCanvasElement;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    return Array.from(pixels.filter((_, i) => i % 4 === 0));
  }, id);

const networkOf = async (name: string) =>
  loadLayersModel(fileModel(path.join(ROOT, 'examples/playground/public/models', name)));

/** What the library makes of an image in one call: its bytes and the probabilities. */
async function attacked(name: string, index: number, options: object) {
  const model = await networkOf(name);
  const {x, labels} = data.batch([index]);
  const adversarial = pgdAttack(model, x, labels, options);
  const scores = tf.tidy(() => tf.softmax(asClassifier(model)(adversarial)));
  const bytes = Array.from(await adversarial.data(), (value) => Math.round(255 * value));
  const probabilities = Array.from(await scores.data());
  tf.dispose([x, labels, adversarial, scores]);
  model.dispose();
  return {bytes, probabilities};
}

/** How many bytes differ by more than a rounding. */
const differing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((byte, i) => Math.abs(byte - (b[i] ?? NaN)) > 1).length;

const choose = (page: Page, text: string) =>
  page.locator('label.choice', {hasText: text}).first().click();

describe('the playground', () => {
  it('says what it runs on, and asks nobody but its own site', async () => {
    const {page, complaints, requests, close} = await open('wasm');
    expect(await page.textContent('#backend-detail')).toContain('WebAssembly: on the processor');
    expect(await page.textContent('.privacy')).toContain('leaves your machine');
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter((url) => !url.startsWith(site.url))).toEqual([]);
    const paints = await page.evaluate(() =>
      performance.getEntriesByType('paint').map(({name, startTime}) => [name, startTime]),
    );
    console.info('first paint, ms:', Object.fromEntries(paints));
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows the image that one call of pgdAttack gives, step by step', async () => {
    const {page, close} = await open('wasm');
    const index = data.labels.indexOf(0);
    const expected = await attacked('natural', index, {epsilon: 0.1, steps: 20});
    expect(differing(await redOf(page, 'attacked'), expected.bytes)).toBeLessThan(8);
    expect(await page.getAttribute('#step', 'max')).toBe('21'); // clean, start, 20 steps
    // By the keyboard: the fifth step.
    await page.focus('#step');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelector('#step-name')?.textContent === 'clean');
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
    await page.waitForFunction(
      () => document.querySelector('#step-name')?.textContent === 'step 5',
    );
    const fifth = await attacked('natural', index, {epsilon: 0.1, steps: 5});
    expect(differing(await redOf(page, 'attacked'), fifth.bytes)).toBeLessThan(8);
    const best = fifth.probabilities.indexOf(Math.max(...fifth.probabilities));
    const names = await page.locator('#scores th span:first-child').allTextContents();
    expect(await page.textContent('#attacked-verdict')).toContain(names[best] ?? '?');
    await close();
  });

  it('attacks what is chosen, by clicks: network, image, norm, radius, aim', async () => {
    const {page, close} = await open('wasm');
    await choose(page, 'AT-BSL');
    await settled(page);
    await choose(page, 'Trouser');
    await settled(page);
    await page.locator('.segments label', {hasText: 'L2'}).click();
    await settled(page);
    await page.selectOption('#target', {label: 'Dress'});
    await settled(page);
    await page.focus('#epsilon');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await settled(page);
    expect(await page.textContent('#epsilon-text')).toBe('1.70');
    const index = data.labels.indexOf(8);
    const targets = tf.tensor1d([6], 'int32');
    const options = {norm: 'l2', epsilon: 1.7, steps: 20, targets};
    const {bytes, probabilities} = await attacked('at-bsl', index, options);
    targets.dispose();
    await expect.poll(async () => differing(await redOf(page, 'attacked'), bytes)).toBeLessThan(8);
    const shown = await page.locator('#scores td.figure span:first-child').allTextContents();
    const percent = Math.round(100 * (probabilities[6] ?? 0));
    expect(shown[6]).toBe(percent === 0 ? '< 1 %' : percent === 100 ? '> 99 %' : `${percent} %`);
    await close();
  });

  it('looks as it did', async () => {
    const {page, close} = await open('wasm', {colorScheme: 'light'});
    for (const id of ['clean', 'difference', 'attacked']) {
      const canvas = page.locator(`#${id}`);
      // Of one size and place, whatever the layout is.
      await canvas.evaluate(({style}) => {
        Object.assign(style, {position: 'fixed', inset: '0', width: '224px', borderRadius: '0'});
        style.zIndex = String(performance.now() | 0);
      });
      expectPicture(`playground-${id}`, await canvas.screenshot());
    }
    await close();
  });

  it('evaluates class by class, stops, and goes on to what evaluateRobustness says', async () => {
    const {page, close} = await open('wasm');
    const text = () => page.textContent('#progress-text');
    const done = async () => Number(/^(\d+) of/.exec((await text()) ?? '')?.[1] ?? 0);
    await page.selectOption('#count', '1000');
    await page.click('#evaluate');
    await expect.poll(done, {timeout: 60_000}).toBeGreaterThan(0);
    await page.click('#evaluate');
    expect(await text()).toContain('stopped');
    const stopped = await done();
    expect(stopped).toBeLessThan(1000);
    expect(await page.textContent('#evaluate')).toBe('Go on');
    await page.waitForTimeout(500);
    expect(await done()).toBe(stopped);
    await page.click('#evaluate');
    await expect.poll(done, {timeout: 60_000}).toBeGreaterThan(stopped);
    await page.click('#evaluate');

    await page.selectOption('#count', '100');
    await page.click('#evaluate');
    await page.waitForSelector('#former-rows tr', {timeout: 60_000});
    const model = await networkOf('natural');
    const part = subset(
      data,
      Array.from({length: 100}, (_, i) => i),
    );
    const {clean, attacks} = await evaluateRobustness(model, part, {
      attacks: {pgd: (m, x, labels) => pgdAttack(m, x, labels, {epsilon: 0.1, steps: 20})},
    });
    model.dispose();
    const cells = async (column: number) =>
      page.locator(`#classes td:nth-child(${column})`).allTextContents();
    const percents = (scores: typeof clean.perClass) =>
      scores.map(({accuracy}) => `${Math.round(100 * (accuracy ?? NaN))} %`);
    expect(await cells(4)).toEqual(percents(clean.perClass));
    expect(await cells(5)).toEqual(percents(attacks.pgd.perClass));
    await close();
  });

  it('never holds the page up for 100 ms, from the first moment on', async () => {
    const watched = await watchedPage(browser);
    const {page} = watched;
    const longest = await longestTask(browser, page, async () => {
      await page.goto(`${site.url}?backend=wasm`);
      await settled(page);
      await page.click('#evaluate');
      await choose(page, 'Self-distilled');
      await settled(page);
      await page.focus('#epsilon');
      for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
      await settled(page);
      await page.click('#play');
      await page.waitForTimeout(1000);
    });
    console.info('longest task of the page, ms:', longest);
    expect(longest.tasks).toBeGreaterThan(50);
    expect(longest.processor).toBeGreaterThan(0);
    expect(longest.processor).toBeLessThan(100);
    await watched.close();
  });

  it.each(['light', 'dark'] as const)('can be used by everybody: %s', async (colorScheme) => {
    const {page, close} = await open('wasm', {colorScheme});
    await page.selectOption('#count', '100');
    await page.click('#evaluate');
    await page.waitForSelector('#former-rows tr', {timeout: 60_000});
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await page.evaluate(readFileSync(axe, 'utf8'));
    const {violations, passes} = await page.evaluate(async () => {
      const {axe: checker} = window as unknown as {
        axe: {
          run(): Promise<{violations: {id: string; nodes: {html: string}[]}[]; passes: object[]}>;
        };
      };
      const found = await checker.run();
      return {
        violations: found.violations.map(({id, nodes}) => [id, ...nodes.map(({html}) => html)]),
        passes: found.passes.length,
      };
    });
    expect(violations).toEqual([]);
    expect(passes).toBeGreaterThan(25);
    await close();
  });

  it('works on WebGL', async () => {
    const {page, complaints, close} = await open('webgl');
    expect(await page.textContent('#backend-detail')).toContain('WebGL');
    const {bytes} = await attacked('natural', data.labels.indexOf(0), {epsilon: 0.1, steps: 20});
    expect(differing(await redOf(page, 'attacked'), bytes)).toBeLessThan(16);
    expect(complaints.filter((text) => !/ReadPixels|GPU stall/.test(text))).toEqual([]);
    await close();
  });
});
