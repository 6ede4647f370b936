import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Moves} from '../../../src/attacks/square/moves';
import {randomSearch, type SearchSettings} from '../../../src/attacks/square/search';
import {changedImages} from '../../../src/core/layers/imageSeries';
import {emptyOutcome} from '../../../src/attacks/search/problem';
import {squareProblem, sumModel} from '../../support/squareProblem';
import {expectNoLeak, numbers} from '../../support/tensors';

// Images of two pixels. Each change writes the next value of a list to the second one.
const shape = {height: 1, width: 2, channels: 1};

function scripted(starts: number[][], script: number[]): {moves: Moves; accepted: string[]} {
  const accepted: string[] = [];
  return {
    accepted,
    moves: {
      start: (row, image) => image.set(starts[row] as number[]),
      change: (iteration) => ({
        apply: (row, {best, candidates}, at) => {
          expect([...candidates.subarray(at, at + 2)]).toEqual([
            ...best.subarray(2 * row, 2 * row + 2),
          ]);
          candidates[at + 1] = script[iteration] as number;
          return Int32Array.of(1);
        },
      }),
      accepted: (row) => accepted.push(`${row}: ${accepted.length}`),
    },
  };
}

async function searched(
  starts: number[][],
  script: number[],
  parts: Parameters<typeof squareProblem>[1] = {},
  settings: Partial<SearchSettings> = {},
) {
  const asked: number[][] = [];
  const x = tf.zeros([starts.length, 1, 2, 1]) as tf.Tensor4D;
  const base = parts.model ?? sumModel(1);
  const problem = squareProblem(x, {
    ...parts,
    model: (images) => {
      asked.push(numbers(images));
      return base(images);
    },
  });
  const outcome = emptyOutcome(starts.length);
  const {moves, accepted} = scripted(starts, script);
  const all = {
    ...{queries: script.length, loss: 'margin' as const, targets: undefined},
    ...settings,
  };
  await expectNoLeak(() => randomSearch(problem, outcome, shape, moves, all)).finally(() => {
    x.dispose();
  });
  return {asked, outcome, accepted};
}

describe('randomSearch', () => {
  it('keeps what lowers the loss, puts back what does not, and leaves at the first success', async () => {
    const script = [0.25, 0.125, 0.5, 0.5, 1, 0.75];
    const {asked, outcome, accepted} = await searched([[0, 0]], script);
    expect(asked).toEqual([
      [0, 0],
      [0, 0.25], // taken
      [0, 0.125],
      [0, 0.5], // taken
      [0, 0.5], // no improvement
      [0, 1], // margin 0: taken, leaves, but class 0 wins the tie
    ]);
    expect(accepted).toEqual(['0: 0', '0: 1', '0: 2', '0: 3']);
    expect([...outcome.points]).toEqual([]);
    expect([...outcome.queries]).toEqual([6]);
  });

  it('records the point that broke an example', async () => {
    const {asked, outcome} = await searched([[0.5, 0]], [0.25, 0.75, 0.9]);
    expect(asked).toHaveLength(3);
    expect([...outcome.points]).toEqual([[0, Float32Array.of(0.5, 0.75)]]);
    expect([...outcome.queries]).toEqual([3]);
    expect([...outcome.forward]).toEqual([3]);
    expect([...outcome.backward]).toEqual([0]);
    expect(outcome.targets.size).toBe(0);
  });

  it('lets examples go one by one, and asks nothing about them again', async () => {
    const starts = [
      [0, 0],
      [0.9, 0], // falls at the first change
      [0.25, 0],
      [2, 0], // falls at its start
      [0.4, 0], // falls at the third change
    ];
    const {asked, outcome} = await searched(starts, [0.2, 0.125, 0.7, 0.6]);
    const f = Math.fround;
    expect(asked[0]).toEqual([0, 0, f(0.9), 0, 0.25, 0, 2, 0, f(0.4), 0]);
    expect(asked[1]).toEqual([0, f(0.2), f(0.9), f(0.2), 0.25, f(0.2), f(0.4), f(0.2)]);
    expect(asked[2]).toEqual([0, 0.125, 0.25, 0.125, f(0.4), 0.125]);
    expect(asked[3]).toEqual([0, f(0.7), 0.25, f(0.7), f(0.4), f(0.7)]);
    expect(asked[4]).toEqual([0, f(0.6), 0.25, f(0.6)]);
    expect([...outcome.points.keys()].sort()).toEqual([1, 3, 4]);
    expect([...outcome.queries]).toEqual([5, 2, 5, 1, 4]);
  });

  it('does not ask about examples broken before', async () => {
    const x = tf.zeros([2, 1, 2, 1]) as tf.Tensor4D;
    const outcome = emptyOutcome(2);
    outcome.points.set(0, Float32Array.of(1, 1));
    const left: number[] = [];
    const problem = squareProblem(x, {
      model: sumModel(1),
      pause: (undecided) => Promise.resolve(void left.push(undecided)),
    });
    const {moves} = scripted([[], [0.5, 0]], [0.1, 0.9, 0]);
    await randomSearch(problem, outcome, shape, moves, {
      ...{queries: 3, loss: 'margin', targets: undefined},
    });
    expect([...outcome.queries]).toEqual([0, 3]);
    expect(left).toEqual([1, 1, 1]);
    x.dispose();
  });

  it('makes no pass where nothing is left', async () => {
    const x = tf.zeros([1, 1, 2, 1]) as tf.Tensor4D;
    const outcome = emptyOutcome(1);
    outcome.points.set(0, Float32Array.of(1, 1));
    await randomSearch(squareProblem(x), outcome, shape, scripted([[]], [0]).moves, {
      ...{queries: 1, loss: 'margin', targets: undefined},
    });
    expect([...outcome.forward]).toEqual([0]);
    x.dispose();
  });

  it('goes by the loss it is given', async () => {
    // Class 2 grows with the pixel, class 1 falls: the best wrong margin rises while the
    // probability of class 0 falls.
    const model = (images: tf.Tensor4D): tf.Tensor2D => {
      const v = tf.sum(tf.reshape(images, [-1, 2]), 1, true);
      const z = [tf.zerosLike(v), tf.sub(-1, tf.mul(v, 0.1)), tf.sub(tf.mul(v, 5), 7)];
      return tf.concat(z, 1) as tf.Tensor2D;
    };
    const parts = {model, numClasses: 3};
    expect((await searched([[0, 0]], [1], parts)).accepted).toHaveLength(1);
    expect((await searched([[0, 0]], [1], parts, {loss: 'ce'})).accepted).toHaveLength(2);
  });

  it('reaches targets, and notes which', async () => {
    // Three classes: 0 below 1, 1 from 1 to 2, 2 above.
    const model = (images: tf.Tensor4D): tf.Tensor2D => {
      const v = tf.sum(tf.reshape(images, [-1, 2]), 1, true);
      const z = [tf.neg(v), tf.neg(tf.abs(tf.sub(v, 1.5))), tf.sub(v, 3)];
      return tf.concat(z, 1) as tf.Tensor2D;
    };
    const parts = {model, numClasses: 3};
    const starts = [
      [0, 0],
      [0, 0],
    ];
    const targets = Int32Array.of(2, 1);
    const {outcome} = await searched(starts, [1.25, 2, 3], parts, {targets});
    expect([...outcome.points]).toEqual([
      [1, Float32Array.of(0, 1.25)],
      [0, Float32Array.of(0, 3)],
    ]);
    expect([...outcome.targets]).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect([...outcome.queries]).toEqual([4, 2]);
  });

  it('takes NaN for broken, but for no target', async () => {
    const model = (images: tf.Tensor4D): tf.Tensor2D => {
      // NaN where the second pixel is 0.5: infinity times 0.
      const second = tf.slice(tf.reshape(images, [-1, 2]), [0, 1], [-1, 1]);
      const hole = tf.mul(tf.div(1, tf.sub(second, 0.5)), 0);
      return tf.add(sumModel(1)(images), hole);
    };
    const plain = await searched([[0, 0]], [0.5, 0.25], {model});
    expect([...plain.outcome.points]).toEqual([[0, Float32Array.of(0, 0.5)]]);
    expect([...plain.outcome.nonFinite]).toEqual([1]);
    const targets = Int32Array.of(1);
    const aimed = await searched([[0, 0]], [0.5, 0.25, 2], {model}, {targets});
    expect(aimed.asked[2]).toEqual([0, 0.25]);
    expect([...aimed.outcome.points]).toEqual([[0, Float32Array.of(0, 2)]]);
  });

  it('says of each candidate where it differs from the images that were kept', async () => {
    const windows = [
      {top: 0, left: 1, side: 1},
      {top: 0, left: 1, side: 1},
      undefined,
      {top: 0, left: 1, side: 1},
      {top: 0, left: 1, side: 1},
    ];
    const {moves} = scripted(
      [
        [0, 0],
        [0.75, 0],
      ],
      [0.125, 0.0625, 0.1875, 0.5, 0.75],
    );
    const said: unknown[] = [];
    const x = tf.zeros([2, 1, 2, 1]) as tf.Tensor4D;
    const problem = squareProblem(x, {
      model: (images) => {
        const change = changedImages(images);
        if (change) {
          const base = change.base();
          said.push([change.rectangle, numbers(base), [...change.kept], change.index]);
          base.dispose();
        } else said.push('nothing');
        return sumModel(1)(images);
      },
    });
    const shown: Moves = {
      ...moves,
      change: (iteration) => {
        const {apply} = moves.change(iteration);
        const window = windows[iteration];
        return window ? {apply, window} : {apply};
      },
    };
    const outcome = emptyOutcome(2);
    await expectNoLeak(() =>
      randomSearch(problem, outcome, shape, shown, {
        ...{queries: 5, loss: 'margin', targets: undefined},
      }),
    );
    const rectangle = {top: 0, left: 1, height: 1, width: 1};
    expect(said).toMatchObject([
      'nothing', // the start
      [rectangle, [0, 0, 0.75, 0], [], 0],
      [rectangle, [0, 0.125, 0.75, 0.125], [0, 1], 1], // no improvement for either
      'nothing',
      [rectangle, [0, 0.1875, 0.75, 0.1875], [], 2], // the second leaves
      [rectangle, [0, 0.5], [0, 1], 3],
    ]);
    x.dispose();
  });

  it('lets go of what passes have left when examples leave, at the end, and where one throws', async () => {
    let left = 0;
    const pass = (until: number) => {
      let calls = 0;
      return (images: tf.Tensor4D) => {
        calls++;
        if (calls > until) throw new Error('no more');
        const known = changedImages(images)?.left;
        // A pass after examples have left finds nothing.
        if (known && calls === 4) expect(known.size).toBe(0);
        left++;
        known?.set({}, {dispose: () => left--});
        if (!known) left--;
        return sumModel(1)(images);
      };
    };
    for (const until of [9, 3]) {
      const x = tf.zeros([2, 1, 2, 1]) as tf.Tensor4D;
      const {moves} = scripted(
        [
          [0, 0],
          [0.75, 0],
        ],
        [0.125, 0.5, 0.25, 0.0625],
      );
      const shown: Moves = {
        ...moves,
        change: (iteration) => ({...moves.change(iteration), window: {top: 0, left: 1, side: 1}}),
      };
      const problem = squareProblem(x, {model: pass(until)});
      const run = randomSearch(problem, emptyOutcome(2), shape, shown, {
        ...{queries: 4, loss: 'margin', targets: undefined},
      });
      await (until === 3 ? expect(run).rejects.toThrow('no more') : run);
      expect(left).toBe(0);
      x.dispose();
    }
  });

  it('leaks nothing where the model throws', async () => {
    let calls = 0;
    const model = (images: tf.Tensor4D) => {
      if (++calls === 3) throw new Error('no more');
      return sumModel(1e6)(images);
    };
    await expect(searched([[0, 0]], [0.1, 0.2, 0.3], {model})).rejects.toThrow('no more');
  });

  // The cpu backend under the name of one that compiles a program per shape.
  it.runIf(tf.getBackend() === 'cpu')(
    'pads to few batch sizes where shapes are costly',
    async () => {
      const backend = tf.backend() as unknown as {constructor: new () => tf.KernelBackend};
      const before = new Set(tf.getKernelsForBackend('webgl').map(({kernelName}) => kernelName));
      tf.copyRegisteredKernels('cpu', 'webgl');
      tf.registerBackend('webgl', () => new backend.constructor());
      try {
        await tf.setBackend('webgl');
        const starts = Array.from({length: 9}, (_, row) => [row === 0 ? 2 : row / 20, 0]);
        const {asked, outcome} = await searched(starts, [0.72, 0.5]);
        expect(asked.map((values) => values.length / 2)).toEqual([16, 8, 8]);
        // Rows 6 to 8 fall at the first change; the others are in front, still in order.
        expect(asked[2]?.slice(0, 10).filter((_, i) => i % 2 === 0)).toEqual(
          [0.05, 0.1, 0.15, 0.2, 0.25].map(Math.fround),
        );
        expect([...outcome.points.keys()].sort()).toEqual([0, 6, 7, 8]);
        expect([...outcome.queries]).toEqual([1, 3, 3, 3, 3, 3, 2, 2, 2]);
      } finally {
        await tf.setBackend('cpu');
        tf.removeBackend('webgl');
        for (const {kernelName} of tf.getKernelsForBackend('webgl')) {
          if (!before.has(kernelName)) tf.unregisterKernel(kernelName, 'webgl');
        }
      }
    },
  );
});
