import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {type Dense, dense} from '../../../src/kernels/wasm/dense';
import {installGradientKernels} from '../../../src/kernels/gradientKernels';
import {relaxedInUse} from '../../../src/kernels/wasm/relaxedSimd';
import {SIMD_GRADIENTS, SIMD_KERNELS} from '../../../src/kernels/wasm/simdKernels';
import {openWeightCache, withWeightCaches} from '../../../src/kernels/weightCache';
import {seeded} from '../../support/models';
import {expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {onRelaxedWasm, onWasm} from '../support';

// Around one tile of 4 x 8 and one block of 256 terms, with what is left over.
const cases = fc.record({
  rows: fc.integer({min: 1, max: 14}),
  depth: fc.oneof(fc.integer({min: 1, max: 20}), fc.constantFrom(255, 256, 257, 600)),
  columns: fc.integer({min: 1, max: 26}),
  hasBias: fc.boolean(),
  low: fc.constantFrom(-Infinity, 0),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

function made({rows, depth, columns, hasBias, low}: Case): Dense {
  const bias = hasBias ? seeded([columns], 3) : undefined;
  const [a, b] = [seeded([rows, depth], 1), seeded([depth, columns], 2)];
  return {a, b, bias, low, depth, shape: [rows, columns]};
}

const run = (given: Dense, backend: object = tf.backend()): tf.Tensor | undefined => {
  const info = dense(backend, given);
  return info && tf.engine().makeTensorFromTensorInfo(info);
};

/** By its definition, in double precision. */
function byDefinition({a, b, bias, low, depth, shape}: Dense): number[] {
  const [as, bs] = [numbers(a), numbers(b)];
  const add = bias ? numbers(bias) : undefined;
  const [rows = 0, columns = 0] = shape;
  return Array.from({length: rows * columns}, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = add?.[column] ?? 0;
    for (let k = 0; k < depth; k++) {
      sum += (as[row * depth + k] as number) * (bs[k * columns + column] as number);
    }
    return Math.max(sum, low);
  });
}

const disposed = ({a, b, bias}: Dense) => {
  tf.dispose([a, b, bias ?? []]);
};

for (const on of [onWasm, onRelaxedWasm])
  on('dense', () => {
    it.prop([cases], {numRuns: 150})('is the product by its definition', async (c) => {
      await expectNoLeak(() => {
        const given = made(c);
        const result = run(given);
        expect(result?.shape).toEqual(given.shape);
        expectCloseOverall(result as tf.Tensor, byDefinition(given), 2e-6);
        result?.dispose();
        disposed(given);
      });
    });

    it('has digits of a row that do not depend on how many there are', () => {
      const b = seeded<tf.Rank.R2>([300, 11], 2);
      const all = seeded<tf.Rank.R2>([9, 300], 1);
      const cache = openWeightCache();
      const first = (rows: number): number[] =>
        tf.tidy(() =>
          withWeightCaches(() => {
            cache.use();
            return numbers(tf.slice(tf.matMul(tf.slice(all, 0, rows), b), 0, 1));
          }),
        );
      const undo = installGradientKernels('wasm', SIMD_KERNELS, SIMD_GRADIENTS);
      first(9); // the matrix is known now
      for (const rows of [1, 2, 3, 4, 5, 8]) expect(first(rows)).toEqual(first(9));
      undo();
      cache.dispose();
      tf.dispose([b, all]);
    });

    it('takes a matrix of few rows, unless the backend has packed the other one and has our digits', () => {
      const given = made({rows: 3, depth: 5, columns: 4, hasBias: false, low: 0});
      const cache = openWeightCache();
      const taken = () => {
        const result = withWeightCaches(() => {
          cache.use();
          return run(given);
        });
        result?.dispose();
        return result !== undefined;
      };
      // Seen in an earlier gradient, it is known to be a weight.
      expect([taken(), taken()]).toEqual([true, relaxedInUse() !== undefined]);
      cache.dispose();
      disposed(given);
    });

    it.prop([cases], {numRuns: 50})(
      'has the same digits by a matrix that is kept packed',
      async (c) => {
        await expectNoLeak(() => {
          const given = made({...c, rows: c.rows + 3});
          const cache = openWeightCache();
          const values = [1, 2, 3].map(() =>
            withWeightCaches(() => {
              cache.use();
              return tf.tidy(() => numbers(run(given) as tf.Tensor));
            }),
          );
          expect(values[1]).toEqual(values[0]);
          expect(values[2]).toEqual(values[0]);
          cache.dispose();
          disposed(given);
        });
      },
    );

    it('keeps a matrix packed for few rows only, and once for a weight', () => {
      const tensorsOf = (rows: number): number[] => {
        const given = made({rows, depth: 9, columns: 11, hasBias: true, low: 0});
        const cache = openWeightCache();
        const before = tf.memory().numTensors;
        const counts = [1, 2, 3].map(() => {
          withWeightCaches(() => {
            cache.use();
            run(given)?.dispose();
          });
          return tf.memory().numTensors - before;
        });
        cache.dispose();
        counts.push(tf.memory().numTensors - before);
        disposed(given);
        return counts;
      };
      // Seen in an earlier gradient, it is known to be a weight.
      expect(tensorsOf(128)).toEqual([0, 1, 1, 0]);
      expect(tensorsOf(129)).toEqual([0, 0, 0, 0]);
    });

    it('leaves integers and a bias of another size', () => {
      const given = made({rows: 4, depth: 2, columns: 3, hasBias: true, low: 0});
      for (const other of [
        {a: tf.ones([4, 2], 'int32')},
        {b: tf.ones([2, 3], 'int32')},
        {bias: tf.ones([3], 'int32')},
        {bias: tf.ones([1])},
      ]) {
        expect(run({...given, ...other})).toBeUndefined();
        tf.dispose(other);
      }
      disposed(given);
    });
  });

onWasm('dense, plain', () => {
  it.prop([cases], {numRuns: 150})('has the digits of the kernel that tfjs ships', async (c) => {
    await expectNoLeak(() => {
      const given = made(c);
      const {a, b, bias, low} = given;
      const activation = low === 0 ? 'relu' : 'linear';
      const shipped = tf.fused.matMul({a, b, activation, ...(bias ? {bias} : {})});
      const result = run(given);
      expect(numbers(result as tf.Tensor)).toEqual(numbers(shipped));
      tf.dispose([shipped, result ?? []]);
      disposed(given);
    });
  });
});

describe('dense', () => {
  it('leaves it to other backends', () => {
    const given = made({rows: 4, depth: 2, columns: 3, hasBias: true, low: 0});
    expect(run(given, {})).toBeUndefined();
    disposed(given);
  });
});
