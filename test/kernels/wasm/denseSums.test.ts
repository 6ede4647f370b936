import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'vitest';

import {at} from '../../../src/core/at';
import {recordPass} from '../../../src/kernels/recordedPass';
import {denseSums} from '../../../src/kernels/wasm/denseSums';
import {relaxedInUse} from '../../../src/kernels/wasm/relaxedSimd';
import {openWeightCache} from '../../../src/kernels/weightCache';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {frozenBy, onBothSets} from '../support';

type Op = (x: tf.Tensor, weights: readonly tf.Tensor[]) => tf.Tensor;

interface Layer {
  readonly op: Op;
  readonly x: tf.Tensor;
  readonly weights: readonly tf.Tensor[];
}

/** Runs `use` with the last step of an operation, its weights known as those of an attack or not. */
function withStep<T>(
  {op, x, weights}: Layer,
  use: (sums: ReturnType<typeof denseSums>) => T,
  isKnown = true,
): T {
  const cache = openWeightCache();
  const frozen = frozenBy(cache);
  try {
    const run = (input: tf.Tensor) => op(input, weights) as tf.Tensor2D;
    const recorded = frozen(() => recordPass({run, x, weights}));
    const forward = recorded?.forward;
    const step = forward?.steps.at(-1);
    if (!recorded || !forward || !step) throw new Error('Cannot be recorded.');
    if (isKnown) frozen(() => recorded.run(x, weights)).dispose();
    forward.bind(x, weights);
    return isKnown
      ? frozen(() => use(denseSums(step, tf.backend())))
      : use(denseSums(step, tf.backend()));
  } finally {
    cache.dispose();
  }
}

const cases = fc.record({
  rows: fc.integer({min: 1, max: 9}),
  depth: fc.oneof(fc.integer({min: 1, max: 70}), fc.constantFrom(127, 128, 129, 300)),
  units: fc.oneof(fc.integer({min: 1, max: 40}), fc.constantFrom(64, 100)),
  hasBias: fc.boolean(),
  activation: fc.constantFrom('linear' as const, 'relu' as const),
  changed: fc.array(fc.nat(), {minLength: 1, maxLength: 5}),
});

const dense =
  (hasBias: boolean, activation: 'linear' | 'relu'): Op =>
  (a, [b, bias]) =>
    tf.fused.matMul({
      ...{a: a as tf.Tensor2D, b: b as tf.Tensor2D, activation},
      ...(hasBias ? {bias: bias as tf.Tensor1D} : {}),
    });

onBothSets('denseSums', () => {
  it.prop([cases], {numRuns: 120})(
    'has the digits of the layer when some blocks are summed anew',
    async ({rows, depth, units, hasBias, activation, changed}) => {
      const x = seeded([rows, depth], 1);
      const weights = [seeded([depth, units], 2), seeded([units], 3)];
      const layer = {op: dense(hasBias, activation), x, weights};
      await expectNoLeak(() => {
        withStep(layer, (sums) => {
          if (!sums) return;
          const {terms, shape} = sums;
          expect(shape).toEqual([rows, Math.ceil(depth / terms), 1, units]);
          // All sums, of other values in some blocks, and then those blocks again.
          const values = numbers(x);
          const blocks = [...new Set(changed.map((place) => Math.floor((place % depth) / terms)))];
          const other = values.map((v, i) =>
            blocks.includes(Math.floor((i % depth) / terms)) ? 1 - v : v,
          );
          tf.tidy(() => {
            const kept = tf.zeros([...shape]);
            const otherX = tf.tensor(other, x.shape);
            const {input} = sums;
            const {dataId} = input;
            Object.assign(input, {dataId: otherX.dataId});
            sums.sum(kept, [{from: 0, to: at(shape, 1)}]);
            Object.assign(input, {dataId});
            sums.sum(
              kept,
              blocks.map((block) => ({from: block, to: block + 1})),
            );
            const own = tf.engine().makeTensorFromTensorInfo(sums.total(kept));
            expect(own.shape.slice(-2)).toEqual([rows, units]);
            expect(numbers(own)).toEqual(numbers(layer.op(x, weights)));
          });
        });
      });
      tf.dispose([x, weights]);
    },
  );

  const w = seeded<tf.Rank.R2>([5, 3], 2);
  const bias = seeded<tf.Rank.R1>([3], 3);
  const x = (...shape: number[]) => seeded(shape, 1);
  const LAYERS: Readonly<Record<string, readonly [Layer, boolean]>> = {
    'a product of matrices': [{op: (a) => tf.matMul(a, w), x: x(4, 5), weights: [w]}, true],
    'a layer with ReLU': [{op: dense(true, 'relu'), x: x(4, 5), weights: [w, bias]}, true],
    'fewer than four rows': [{op: (a) => tf.matMul(a, w), x: x(3, 5), weights: [w]}, true],
    'a product of other ranks': [
      {op: (a) => tf.matMul(a, tf.reshape(w, [1, 5, 3])), x: x(4, 5), weights: [w]},
      false,
    ],
    'another activation': [
      {
        op: (a) => tf.fused.matMul({a: a as tf.Tensor2D, b: w, activation: 'sigmoid'}),
        ...{x: x(4, 5), weights: [w]},
      },
      false,
    ],
    'a matrix that is transposed': [
      {op: (a) => tf.matMul(a, w, true), x: x(5, 4), weights: [w]},
      false,
    ],
    'no product': [{op: (a) => tf.add(a, bias), x: x(4, 3), weights: [bias]}, false],
  };
  for (const [name, [layer, isServed]] of Object.entries(LAYERS)) {
    it(`serves in the relaxed set alone, where the weights are known: ${name}`, () => {
      const isRelaxed = relaxedInUse() !== undefined;
      expect(withStep(layer, (sums) => sums !== undefined)).toBe(isServed && isRelaxed);
      expect(withStep(layer, (sums) => sums !== undefined, false)).toBe(false);
    });
  }
});
