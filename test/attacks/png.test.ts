import * as tf from '@tensorflow/tfjs-core';
import {PNG} from 'pngjs';
import {describe, expect, it} from 'vitest';

import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {createRng} from '../../src/core/rng';
import {readImages, restoreNet} from '../reference/readFixture';
import {numbers} from '../support/tensors';

const COUNT = 16;
const SIDE = 28;

/** Grey pixels from 0 to 1, written as an 8-bit PNG and read back as bytes. */
function throughPng(pixels: readonly number[]): number[] {
  const png = new PNG({width: SIDE, height: SIDE});
  pixels.forEach((pixel, i) => {
    const byte = Math.round(pixel * 255);
    png.data.set([byte, byte, byte, 255], 4 * i);
  });
  const {data} = PNG.sync.read(PNG.sync.write(png));
  return pixels.map((_, i) => data[4 * i] as number);
}

// The cpu backend would take a minute.
describe.skipIf(tf.getBackend() === 'cpu')('adversarial images saved as PNG', () => {
  it.each([
    ['linf', 38 / 255],
    ['l2', 1],
  ] as const)('are still adversarial and within epsilon, %s', async (norm, epsilon) => {
    const net = restoreNet();
    const {x, labels} = await readImages(Array.from({length: COUNT}, (_, i) => i));
    const {report, adversarial} = await autoAttack<tf.Tensor4D>(net, x, labels, {
      ...{norm, epsilon, quantize: 256, steps: 15, queries: 60, numTargets: 2},
      ...{rng: createRng(1), adversarial: true, diagnostics: false},
    });
    const rows = (tensor: tf.Tensor) =>
      Array.from({length: COUNT}, (_, i) =>
        numbers(tensor).slice(i * SIDE ** 2, (i + 1) * SIDE ** 2),
      );
    const saved = rows(adversarial).map(throughPng);
    const read = tf.tensor4d(
      Float32Array.from(saved.flat(), (byte) => byte / 255),
      [COUNT, SIDE, SIDE, 1],
    );
    const predictions = numbers(tf.tidy(() => tf.argMax(net.predict(read) as tf.Tensor2D, 1)));
    expect(report.samples.filter(({verdict}) => verdict === 'broken').length).toBeGreaterThan(2);
    const clean = rows(x).map((row) => row.map((pixel) => Math.round(pixel * 255)));
    report.samples.forEach(({verdict, label}, i) => {
      expect(predictions[i] === label).toBe(verdict === 'robust');
      const steps = (saved[i] as number[]).map((byte, j) => byte - (clean[i]?.[j] ?? NaN));
      const largest = Math.max(...steps.map(Math.abs));
      const squares = steps.reduce((sum, step) => sum + step * step, 0);
      if (norm === 'linf') expect(largest).toBeLessThanOrEqual(38);
      else expect(squares).toBeLessThanOrEqual(255 ** 2);
    });
    tf.dispose([x, labels, adversarial, read]);
    net.dispose();
  });
});
