import {mkdtemp, readFile, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import {PNG} from 'pngjs';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {writeCounterexamples} from '../../src/testing/writeCounterexamples';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lt-robust-'));
});
afterAll(() => rm(folder, {recursive: true}));

const counterexample = (shape: number[], clean: number[], adversarial: number[]) => ({
  ...{example: 5, label: 2, answer: 0, epsilon: 0.1, distance: 0.1, changed: 1, isImage: true},
  ...{
    pixels: 4,
    shape,
    clean: Float32Array.from(clean),
    adversarial: Float32Array.from(adversarial),
  },
});

describe('writeCounterexamples', () => {
  it('writes the image as it is, and one to look at', async () => {
    const where = path.join(folder, 'new');
    const [exact, shown] = await writeCounterexamples(
      [counterexample([2, 2, 1], [0, 0.2, 0.4, 1], [0, 0.4, 0.4, 1])],
      where,
      [0, 1],
    );
    expect(exact).toBe(path.join(where, 'class2-example5.png'));
    const image = PNG.sync.read(await readFile(exact!));
    expect([image.width, image.height]).toEqual([2, 2]);
    expect([0, 1, 2, 3].map((i) => image.data[4 * i])).toEqual([0, 102, 102, 255]);
    const strip = PNG.sync.read(await readFile(shown!));
    expect([strip.width, strip.height]).toEqual([3 * 224 + 2 * 8, 224]);
    const at = (x: number, y: number) => strip.data[4 * (y * strip.width + x)];
    expect(at(120, 10)).toBe(51); // clean
    expect(at(232 + 120, 10)).toBe(102); // perturbed
    expect(at(464 + 120, 10)).toBe(255); // the most changed pixel, upwards
    expect(at(464 + 10, 10)).toBe(128); // unchanged
  });

  it('takes the range of the pixels', async () => {
    const [exact] = await writeCounterexamples(
      [counterexample([1, 2, 3], [-1, 0, 1, -1, 0, 1], [-1, 0, 1, 1, 1, 1])],
      folder,
      [-1, 1],
    );
    const {data} = PNG.sync.read(await readFile(exact!));
    expect([...data]).toEqual([0, 128, 255, 255, 255, 255, 255, 255]);
  });

  it('leaves out what is no picture', async () => {
    const vector = counterexample([4], [0, 0, 0, 0], [0, 0, 0, 1]);
    expect(await writeCounterexamples([vector], folder, [0, 1])).toEqual([]);
  });
});
