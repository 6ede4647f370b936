import {createHash} from 'node:crypto';

import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {predictedClasses} from '../../src/metrics/predictedClasses';
import {expectClose, numbers} from '../support/tensors';
import {
  decodeFloats,
  encodeFloats,
  readImages,
  readNetFixture,
  readOfficialFixture,
  restoreNet,
} from './readFixture';

const fixture = readNetFixture();
const official = readOfficialFixture();
const {count, labels, pixelsSha256} = fixture.images;
const everyImage = Array.from({length: count}, (_, i) => i);

describe('the network for the comparison with the official AutoAttack', () => {
  const before = tf.memory().numTensors;
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the stored logits on the stored images', async () => {
    const {x, labels: read} = await readImages(everyImage);
    expect(numbers(read)).toEqual(labels);
    const pixels = new Uint8Array((x.dataSync() as Float32Array).buffer);
    expect(createHash('sha256').update(pixels).digest('hex')).toBe(pixelsSha256);
    const model = restoreNet(fixture);
    const logits = model.predict(x) as tf.Tensor2D;
    expectClose(logits, decodeFloats(fixture.logits), 1e-5);
    const predicted = await predictedClasses(logits);
    const correct = Array.from(predicted, (label, i) => label === labels[i]);
    expect(correct).toEqual(official.correct);
    model.dispose();
    tf.dispose([x, read, logits]);
  });

  it('is the network that PyTorch attacked', () => {
    expect(official.netSha256Matches).toBe(true);
    expect(official.images).toBe(count);
  });
});

describe('the verdicts of the official AutoAttack', () => {
  it.each(['linf', 'l2'] as const)('are consistent under %s', (norm) => {
    const {epsilon, brokenAlone, robustAfter, fabDistance} = official[norm];
    expect(epsilon).toBe(fixture.epsilon[norm]);
    let robust = official.correct;
    for (const name of ['apgd-ce', 'apgd-t', 'fab-t', 'square'] as const) {
      for (const flags of brokenAlone[name]) {
        expect(flags).toHaveLength(count);
        expect(flags.every((broken, i) => !broken || official.correct[i])).toBe(true);
      }
      const after = robustAfter[name];
      expect(after).toHaveLength(count);
      expect(after.every((still, i) => !still || robust[i])).toBe(true);
      robust = after;
    }
    // FAB-T alone breaks what it finds a point within epsilon for.
    const within = fabDistance.map((distance) => distance !== null && distance <= epsilon);
    expect(brokenAlone['fab-t']).toEqual([within]);
  });
});

describe('encodeFloats', () => {
  it('is undone by decodeFloats', () => {
    const values = Float32Array.from([0, -1.5, 3e-30, 1 / 3]);
    expect(encodeFloats(values.subarray(1, 2))).toBe('AADAvw==');
    expect(decodeFloats(encodeFloats(values))).toEqual(values);
  });
});
