import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterEach, describe, expect} from 'vitest';

import {
  classesOfRows,
  floatsOfRows,
  forEachLive,
  gatherRows,
  liveRows,
  paddedSize,
  livePositions,
  perRow,
  readRows,
  withoutFinished,
} from '../../../src/attacks/search/liveRows';
import {expectNoLeak, int, numbers} from '../../support/tensors';

const isOneOf = (finished: number[]) => (position: number) => finished.includes(position);

// What only asks for the name of the backend may be told another one.
const real = tf.getBackend();
const pretend = (name: string) => {
  tf.engine().backendName = name;
};
afterEach(() => {
  tf.engine().backendName = real;
});

describe('on backends that take any shape', () => {
  it('there is no padding', () => {
    expect([0, 1, 7, 8, 9].map(paddedSize)).toEqual([0, 1, 7, 8, 9]);
    expect(liveRows(4, isOneOf([1]))).toEqual({positions: Int32Array.of(0, 2, 3), live: 3});
    expect(liveRows(2, isOneOf([0, 1]))).toEqual({positions: new Int32Array(0), live: 0});
    expect(liveRows(0, isOneOf([]))).toEqual({positions: new Int32Array(0), live: 0});
  });

  it('finished examples are dropped, and only they', () => {
    const rows = liveRows(5, isOneOf([0]));
    expect(withoutFinished(rows, isOneOf([0]))).toBeUndefined();
    const next = withoutFinished(rows, isOneOf([0, 2, 3]));
    expect(next).toEqual({
      rows: {positions: Int32Array.of(1, 4), live: 2},
      from: Int32Array.of(0, 3),
    });
    expect(withoutFinished(rows, () => true)).toEqual({
      rows: {positions: new Int32Array(0), live: 0},
      from: new Int32Array(0),
    });
  });

  it.prop([fc.array(fc.nat(3), {maxLength: 12})], {numRuns: 50})(
    'each row takes its own values along, whenever its neighbours are dropped',
    (leavesAt) => {
      let rows = liveRows(leavesAt.length, () => false);
      let state = Array.from(leavesAt, (_, i) => 10 * i);
      for (let time = 0; time < 4; time++) {
        const next = withoutFinished(rows, (position) => leavesAt[position] === time);
        if (next === undefined) continue;
        state = Array.from(next.from, (row) => state[row] as number);
        rows = next.rows;
        const stay = [...leavesAt.keys()].filter((i) => (leavesAt[i] as number) > time);
        expect(Array.from(rows.positions)).toEqual(stay);
        expect(rows.live).toBe(stay.length);
        expect(state).toEqual(stay.map((i) => 10 * i));
      }
      expect(rows.live).toBe(0);
    },
  );
});

describe.each(['webgl', 'webgpu'])('on %s, which compiles a program per shape', (name) => {
  it('there are few sizes', () => {
    pretend(name);
    expect([1, 7, 8, 9, 16, 17, 100].map(paddedSize)).toEqual([8, 8, 8, 16, 16, 32, 128]);
  });

  it('the first live example fills up, and does not count', () => {
    pretend(name);
    expect(liveRows(4, isOneOf([0]))).toEqual({
      positions: Int32Array.of(1, 2, 3, 1, 1, 1, 1, 1),
      live: 3,
    });
    expect(liveRows(3, () => true)).toEqual({positions: new Int32Array(0), live: 0});
    expect(liveRows(8, () => false).positions).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
  });

  it('rows are dropped though the size stays, and padding is taken from a live row', () => {
    pretend(name);
    const rows = liveRows(10, () => false);
    expect(rows.positions.length).toBe(16);
    expect(withoutFinished(rows, () => false)).toBeUndefined();
    const next = withoutFinished(rows, isOneOf([0, 2, 5, 6, 7, 8]));
    expect(next).toEqual({
      rows: {positions: Int32Array.of(1, 3, 4, 9, 1, 1, 1, 1), live: 4},
      from: Int32Array.of(1, 3, 4, 9, 1, 1, 1, 1),
    });
    if (next === undefined) return;
    expect(withoutFinished(next.rows, isOneOf([1]))).toEqual({
      rows: {positions: Int32Array.of(3, 4, 9, 3, 3, 3, 3, 3), live: 3},
      from: Int32Array.of(1, 2, 3, 1, 1, 1, 1, 1),
    });
    expect(withoutFinished(next.rows, () => true)).toEqual({
      rows: {positions: new Int32Array(0), live: 0},
      from: new Int32Array(0),
    });
  });
});

describe('gatherRows', () => {
  it('replaces every tensor of a state', async () => {
    await expectNoLeak(() => {
      const state = {images: tf.tensor2d([[1], [2], [3]]), labels: int([4, 5, 6])};
      const next = gatherRows(state, Int32Array.of(2, 0));
      expect([state.images.isDisposed, state.labels.isDisposed]).toEqual([true, true]);
      expect(Object.keys(next)).toEqual(['images', 'labels']);
      expect([numbers(next.images), numbers(next.labels)]).toEqual([
        [3, 1],
        [6, 4],
      ]);
      tf.dispose(next);
    });
  });
});

describe('readRows', () => {
  it('gives arrays of their own', async () => {
    const image = tf.tensor3d([1, 2, 3, 4, 5, 6], [3, 2, 1]);
    await expectNoLeak(async () => {
      const rows = await readRows(image, [2, 0]);
      expect(rows).toEqual([Float32Array.of(5, 6), Float32Array.of(1, 2)]);
      expect(rows.map(({buffer}) => buffer.byteLength)).toEqual([8, 8]);
      expect(await readRows(image, [])).toEqual([]);
    });
    image.dispose();
  });
});

describe('perRow', () => {
  it('has the value of the example that lies in each row', () => {
    const values = perRow({positions: Int32Array.of(2, 0, 2), live: 2}, [5, 6, 7], 4);
    expect([values.shape, values.dtype]).toEqual([[3, 1, 1, 1], 'float32']);
    expect(numbers(values)).toEqual([7, 5, 7]);
    const column = perRow({positions: Int32Array.of(1), live: 1}, Float64Array.of(0, 0.5), 1);
    expect(column.shape).toEqual([1]);
    expect(numbers(column)).toEqual([0.5]);
    tf.dispose([values, column]);
  });
});

describe('live rows', () => {
  const rows = {positions: Int32Array.of(4, 2, 4), live: 2};

  it('are visited without the padding', () => {
    const seen: [number, number][] = [];
    forEachLive(rows, (position, row) => {
      seen.push([position, row]);
    });
    expect(seen).toEqual([
      [4, 0],
      [2, 1],
    ]);
    expect(livePositions(rows)).toEqual([4, 2]);
  });

  it('take values of the problem, padding too, and refuse a row that it does not have', () => {
    expect(floatsOfRows(rows, [1, 2, 3, 4, 0.1])).toEqual(Float32Array.of(0.1, 3, 0.1));
    const classes = classesOfRows(rows, [1, 2, 3, 4, 5]);
    expect([classes.dtype, numbers(classes)]).toEqual(['int32', [5, 3, 5]]);
    classes.dispose();
    expect(() => floatsOfRows(rows, [1])).toThrow('no entry 4');
  });
});
