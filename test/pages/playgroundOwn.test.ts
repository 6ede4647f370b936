import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers, sequential} from '@tensorflow/tfjs-layers';
import {PNG} from 'pngjs';
import type {Browser, Page} from 'playwright';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {smallConvNet} from '../../src/models/smallConvNet';
import {fileModel} from '../../src/node/fileModel';
import {seeded} from '../support/models';
import {temporaryFolder} from '../support/temporaryFolder';
import {builtPlayground} from './support/builtPlayground';
import {runProgram} from './support/runProgram';
import {serveFolder, type Site} from './support/serveFolder';
import {startChromium, watchedPage} from './support/startChromium';

const own = temporaryFolder();
let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await serveFolder(await builtPlayground());
  browser = await startChromium();
  await writeFiles();
}, 180_000);

afterAll(async () => {
  await browser.close();
  await site.close();
  own.remove();
});

const file = (...names: string[]): string => path.join(own.path, ...names);

/** A network and images that the page has never seen. */
async function writeFiles(): Promise<void> {
  const model = smallConvNet({inputShape: [12, 16, 3], numClasses: 4, channels: [6], seed: 3});
  await model.save(fileModel(file('colours')));
  model.dispose();
  const dense = sequential({layers: [layers.dense({inputShape: [4], units: 3})]});
  await dense.save(fileModel(file('rows')));
  dense.dispose();
  for (const [name, inputShape] of [
    ['grey', [6, 8]],
    ['row', [192]],
  ] as const) {
    const glorot = initializers.glorotUniform({seed: 4});
    const shape = {inputShape: [...inputShape]};
    const flat = sequential({
      layers:
        name === 'row'
          ? [layers.dense({...shape, units: 3, kernelInitializer: glorot})]
          : [layers.flatten(shape), layers.dense({units: 3, kernelInitializer: glorot})],
    });
    await flat.save(fileModel(file(name)));
    flat.dispose();
  }
  writeGraph(file('graph'));
  for (const [name, seed] of [
    ['first', 1],
    ['second', 2],
  ] as const) {
    // Twice the size of the network's inputs.
    const image = new PNG({width: 32, height: 24});
    const values = await tf.sigmoid(seeded([24, 32, 4], seed)).data();
    values.forEach((value, i) => {
      image.data[i] = i % 4 === 3 ? 255 : Math.round(255 * value);
    });
    writeFileSync(file(`${name}.png`), PNG.sync.write(image));
  }
  writeFileSync(file('notes.txt'), 'no image');
  writeFileSync(file('broken.json'), '{"modelTopology": ');
  writeFileSync(file('keras.h5'), 'no model of TensorFlow.js');
}

/** A graph model as the converter writes one: images [4, 4, 1] flattened to two scores and a softmax. */
function writeGraph(folder: string): void {
  const weights = Float32Array.from({length: 32}, (_, i) => Math.sin(3 * i));
  const type = {type: 'DT_FLOAT'};
  const dims = (...sizes: number[]) => ({dim: sizes.map((size) => ({size: String(size)}))});
  const shapeTensor = {dtype: 'DT_INT32', tensorShape: dims(2)};
  const node = [
    {name: 'x', op: 'Placeholder', attr: {dtype: type, shape: {shape: dims(-1, 4, 4, 1)}}},
    {
      name: 'kernel',
      op: 'Const',
      attr: {dtype: type, value: {tensor: {dtype: 'DT_FLOAT', tensorShape: dims(16, 2)}}},
    },
    {name: 'rows', op: 'Const', attr: {dtype: {type: 'DT_INT32'}, value: {tensor: shapeTensor}}},
    {
      name: 'flat',
      op: 'Reshape',
      input: ['x', 'rows'],
      attr: {T: type, Tshape: {type: 'DT_INT32'}},
    },
    {
      name: 'logits',
      op: 'MatMul',
      input: ['flat', 'kernel'],
      attr: {T: type, transpose_a: {b: false}, transpose_b: {b: false}},
    },
    {name: 'softmax', op: 'Softmax', input: ['logits'], attr: {T: type}},
  ];
  const info = (name: string, ...sizes: number[]) => ({
    [name]: {name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: dims(...sizes)},
  });
  mkdirSync(folder, {recursive: true});
  const json = {
    format: 'graph-model',
    modelTopology: {node, library: {}, versions: {producer: 1}},
    signature: {inputs: info('x', -1, 4, 4, 1), outputs: info('softmax', -1, 2)},
    weightsManifest: [
      {
        paths: ['group1-shard1of1.bin'],
        weights: [
          {name: 'kernel', shape: [16, 2], dtype: 'float32'},
          {name: 'rows', shape: [2], dtype: 'int32'},
        ],
      },
    ],
  };
  writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
  const bytes = [new Uint8Array(weights.buffer), new Uint8Array(Int32Array.of(-1, 16).buffer)];
  writeFileSync(path.join(folder, 'group1-shard1of1.bin'), Buffer.concat(bytes));
}

const settled = (page: Page) => page.waitForSelector('body[data-attack="done"]');

async function open() {
  const watched = await watchedPage(browser, {permissions: ['clipboard-read', 'clipboard-write']});
  await watched.page.goto(`${site.url}?backend=wasm`);
  await settled(watched.page);
  return watched;
}

const filesOf = (folder: string) => {
  const manifest = JSON.parse(readFileSync(file(folder, 'model.json'), 'utf8')) as {
    weightsManifest: {paths: string[]}[];
  };
  const names = manifest.weightsManifest.flatMap(({paths}) => paths);
  return ['model.json', ...names].map((name) => file(folder, name));
};

/** What the page says of the attacked image: class and percentage. */
const verdict = async (page: Page) =>
  ((await page.textContent('#attacked-verdict')) ?? '').replace(/^[✓✗] /u, '');

/** The program that "Copy as code" puts on the clipboard. */
async function copied(page: Page): Promise<string> {
  await page.click('#copy');
  await expect.poll(() => page.textContent('#copied')).toContain('Copied');
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What a program printed, in the words of the page. */
function printed(output: string): string {
  const [, name = '', probability = ''] =
    /the network says (.*) with probability (\S+)/.exec(output) ?? [];
  const share = Math.round(100 * Number(probability));
  const text = share === 100 && Number(probability) < 1 ? '> 99' : String(share);
  return `${name}, ${text} %`;
}

describe('a network and images of the visitor', () => {
  it('are attacked as the program that can be copied attacks them, and sent nowhere', async () => {
    const {page, complaints, requests, close} = await open();
    const before = requests.length;
    await page.setInputFiles('#files', [
      ...filesOf('colours'),
      file('first.png'),
      file('second.png'),
    ]);
    await page.waitForSelector('text=model.json is open');
    await settled(page);
    expect(await page.textContent('#own-status')).toBe(
      '2 images are read; model.json is open: images of 12 × 16 × 3, 4 classes.',
    );
    await page.fill('#names', 'red, green, blue, grey');
    await page.press('#names', 'Enter');
    await page.selectOption('#truth', {label: 'green'});
    await settled(page);
    await page.check('#random');
    await settled(page);
    await expect.poll(() => page.textContent('#step-name')).toBe('step 20');
    const program = await copied(page);
    expect(program).toContain("fileModel('model.json')");
    expect(program).toContain("readFile('first.png')");
    const output = await runProgram(program, {
      ...Object.fromEntries(filesOf('colours').map((name) => [path.basename(name), name])),
      'first.png': file('first.png'),
    });
    expect(await verdict(page)).toBe(printed(output));
    await page.click('#evaluate');
    await expect.poll(() => page.textContent('#progress-text')).toContain('2 of 2 images');
    // The whole time.
    expect(requests.slice(before)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('may be a graph model, whose softmax is passed by', async () => {
    const {page, complaints, close} = await open();
    await page.setInputFiles('#files', [...filesOf('graph'), file('first.png')]);
    await page.waitForSelector('text=model.json is open');
    await settled(page);
    await expect.poll(() => page.textContent('#step-name')).toBe('step 20');
    const program = await copied(page);
    expect(program).toContain('loadGraphModel');
    const output = await runProgram(program, {
      ...Object.fromEntries(filesOf('graph').map((name) => [path.basename(name), name])),
      'first.png': file('first.png'),
    });
    expect(await verdict(page)).toBe(printed(output));
    expect(complaints).toEqual([]);
    await close();
  });

  it.each([
    ['grey', '6 × 8 × 1', 'tf.mul(tf.reshape(x, [-1, 6, 8]), 255)'],
    ['row', '8 × 8 × 3', 'tf.mul(tf.reshape(x, [-1, 192]), 255)'],
  ])('may be a network that takes no axis for the channel: %s', async (name, images, taken) => {
    const {page, complaints, close} = await open();
    await page.setInputFiles('#files', [...filesOf(name), file('first.png')]);
    await page.waitForSelector('text=model.json is open');
    await settled(page);
    expect(await page.textContent('#own-status')).toContain(`open: images of ${images}, 3 classes`);
    await page.selectOption('#range', '0..255');
    await settled(page);
    await expect.poll(() => page.textContent('#step-name')).toBe('step 20');
    const program = await copied(page);
    expect(program).toContain(taken);
    const output = await runProgram(program, {
      ...Object.fromEntries(filesOf(name).map((each) => [path.basename(each), each])),
      'first.png': file('first.png'),
    });
    expect(await verdict(page)).toBe(printed(output));
    expect(complaints).toEqual([]);
    await close();
  });

  it('are refused in plain words, and the page goes on', async () => {
    const {page, complaints, close} = await open();
    const refused = async (...files: string[]) => {
      await page.setInputFiles('#files', files);
      await page.waitForSelector('body[data-attack="failed"]');
      return page.textContent('#own-trouble');
    };
    expect(await refused(file('colours', 'model.json'))).toMatch(
      /^The weights are missing: \S+\.bin\.Drop model\.json together with every \.bin file beside it\.$/,
    );
    expect(await refused(file('keras.h5'))).toContain('keras.h5 is a Keras file.Convert it first');
    expect(await refused(file('broken.json'))).toContain('broken.json is not JSON.');
    expect(await refused(file('notes.txt'))).toContain('not an image that this browser can read');
    expect(await refused(...filesOf('rows'))).toContain('takes inputs of the shape [4]');
    const [json = '', weights = ''] = filesOf('colours');
    writeFileSync(weights, readFileSync(weights).subarray(8));
    expect(await refused(json, weights)).toMatch(/have [\d,]+ bytes; model\.json speaks of [\d,]+/);
    await page.locator('label.choice', {hasText: 'PGD-AT'}).click();
    await settled(page);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('the program of a sample', () => {
  it('says what the page says, of the image and of the classes', async () => {
    const {page, close} = await open();
    await page.locator('label.choice', {hasText: 'PGD-AT'}).click();
    await settled(page);
    await page.locator('label.choice', {hasText: 'Coat'}).click();
    await page.selectOption('#count', '100');
    await settled(page);
    await expect.poll(() => page.textContent('#step-name')).toBe('step 20');
    await page.click('#evaluate');
    await page.waitForSelector('#former-rows tr', {timeout: 60_000});
    const output = await runProgram(await copied(page));
    expect(await verdict(page)).toBe(printed(output));
    const [clean = NaN, attacked = NaN] = [/clean images: (\S+)/, /under attack: (\S+)/].map(
      (words) => Number(words.exec(output)?.[1]),
    );
    const cells = await page.locator('#former-rows td').allTextContents();
    expect(cells.slice(2, 4)).toEqual(
      [clean, attacked].map((share) => `${Math.round(100 * share)} %`),
    );
    await close();
  });
});
