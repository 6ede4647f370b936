import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../../src/core/rng';
import {autoAugment, CIFAR10_POLICY} from '../../../src/data/augment/autoAugment';
import {applyOperation, magnitudeAt, isSigned} from '../../../src/data/augment/imageOperation';
import golden from '../../golden/augment-torchvision.json';
import {expectNoLeak} from '../../support/tensors';
import {batchOf, byteImages, bytesBack} from './byteFixtures';

/** A generator that draws what it is told. */
const drawing = (integers: number[], uniforms: number[]): Rng => ({
  ...createRng(1),
  integer: () => integers.shift()!,
  uniform: () => uniforms.shift()!,
});

describe('autoAugment', () => {
  it("has torchvision's policy for CIFAR-10", () => {
    const ours = CIFAR10_POLICY.map((pair) =>
      pair.map(([name, probability, strength = null]) => [name, probability, strength]),
    );
    expect(ours).toEqual(golden.policy);
  });

  it('applies the pair that is drawn, each step by its probability', async () => {
    const [, noise] = byteImages() as [unknown, ReturnType<typeof byteImages>[0]];
    const x = batchOf([noise]);
    for (const [index, pair] of CIFAR10_POLICY.entries()) {
      for (const [applied, sign] of [
        [[true, true], 1],
        [[true, false], -1],
        [[false, true], -1],
      ] as const) {
        let expected = {...noise, data: noise.data.slice()};
        const uniforms: number[] = [];
        pair.forEach(([name, probability, strength = 0], step) => {
          const isApplied = applied[step]! && probability > 0;
          uniforms.push(isApplied ? probability - 0.001 : probability);
          if (!isApplied) return;
          const magnitude = magnitudeAt(name, strength / 9, noise);
          if (isSigned(name)) uniforms.push(sign < 0 ? 0.49 : 0.5);
          const signed = isSigned(name) ? sign * magnitude : magnitude;
          expected = {...noise, data: applyOperation(name, expected, signed).data.slice()};
        });
        const y = await autoAugment()(x, drawing([index], uniforms));
        expect(bytesBack(y), `pair ${index}`).toEqual(expected.data);
        expect(uniforms).toEqual([]);
        y.dispose();
      }
    }
    x.dispose();
  });

  it('repeats with its seed, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const x = batchOf([...byteImages(), ...byteImages(), ...byteImages()]);
      const results = [
        await autoAugment()(x, createRng(4)),
        await autoAugment({dataFormat: 'channelsLast'})(x, createRng(4)),
        await autoAugment()(x, createRng(5)),
      ];
      const [first, same, other] = results.map(bytesBack);
      expect(same).toEqual(first);
      expect(other).not.toEqual(first);
      tf.dispose([x, ...results]);
    });
  });

  it('refuses what it cannot do', async () => {
    expect(() => autoAugment({policy: 'svhn'} as object)).toThrow(/^autoAugment: "policy"/);
    const x = tf.zeros<tf.Rank.R4>([1, 3, 8, 8]);
    await expect(autoAugment()(x, createRng(1))).rejects.toThrow(/^autoAugment: "dataFormat"/);
    x.dispose();
  });
});
