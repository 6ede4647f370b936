import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {type ForwardPart, recordPass} from '../../src/kernels/recordedPass';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {blocksOf, refuseWindows, regionOf, seenBy, windowPlan} from '../../src/kernels/windowPlan';
import {relaxedInUse} from '../../src/kernels/wasm/relaxedSimd';
import {openWeightCache} from '../../src/kernels/weightCache';
import {seeded} from '../support/models';
import {frozenBy, onBothSets, onWasm} from './support';

const filter = seeded<tf.Rank.R4>([3, 3, 1, 5], 1);
const second = seeded<tf.Rank.R4>([3, 3, 5, 5], 2);
const matrix = seeded<tf.Rank.R2>([16 * 16 * 5, 3], 3);
const square = (side: number) => ({height: side, width: side});

/** Two convolutions by direct sums on images of 16x16, a ReLU between them, and a dense layer. */
function partOf(batch = 2, between: (x: tf.Tensor4D) => tf.Tensor = tf.relu): ForwardPart {
  const x = seeded<tf.Rank.R4>([batch, 16, 16, 1], 4);
  const run = (input: tf.Tensor): tf.Tensor2D => {
    const first = tf.conv2d(input as tf.Tensor4D, filter, 1, 'same');
    const last = tf.conv2d(between(first) as tf.Tensor4D, second, 1, 'same');
    return tf.matMul(tf.reshape(last, [batch, -1]), matrix);
  };
  const recorded = recordPass({run, x, weights: [filter, second, matrix]});
  x.dispose();
  if (!recorded?.forward) throw new Error('Cannot be recorded.');
  return recorded.forward;
}

const planned = (part: ForwardPart, size: {height: number; width: number}, most?: number) =>
  [...windowPlan(part, [2, 16, 16, 1], size, most).keys()].map(({name}) => name);

onWasm('windowPlan', () => {
  let undo: () => void;
  beforeAll(async () => {
    undo = await registerGradientKernels({simd: 'plain'});
  });
  afterAll(() => {
    undo();
    tf.dispose([filter, second, matrix]);
  });

  it('is all steps that a small rectangle passes through, up to the first that has no places', () => {
    expect(planned(partOf(), square(2))).toEqual([tf.Conv2D, tf.Relu, tf.Conv2D]);
  });

  it('leaves out what a rectangle covers in the mean over 60 % of, and what comes behind', () => {
    // Of a side of 11, 13 rows change in the middle and fewer at the border; the next step has two more.
    expect(planned(partOf(), square(10))).toEqual([tf.Conv2D, tf.Relu]);
    expect(planned(partOf(), square(11))).toEqual([]);
    // A rectangle that is low may be wide.
    expect(planned(partOf(), {height: 2, width: 16})).toEqual([tf.Conv2D, tf.Relu, tf.Conv2D]);
  });

  it('leaves out what comes behind a step that is computed whole', () => {
    expect(planned(partOf(2, tf.sigmoid), square(2))).toEqual([tf.Conv2D]);
  });

  it('is empty for what are no images', () => {
    expect(windowPlan(partOf(), [2, 256], square(2)).size).toBe(0);
  });

  it('leaves out what would be more bytes than may be kept', () => {
    const each = 4 * 2 * 16 * 16 * 5;
    expect(planned(partOf(), square(2), 3 * each)).toHaveLength(3);
    expect(planned(partOf(), square(2), 3 * each - 1)).toEqual([tf.Conv2D, tf.Relu]);
    expect(planned(partOf(), square(2), each - 1)).toEqual([]);
  });

  it('leaves out a step that was refused, and what comes behind', () => {
    const part = partOf();
    const step = part.steps[1];
    if (step) refuseWindows(step);
    expect(planned(part, square(2))).toEqual([tf.Conv2D]);
    expect(planned(partOf(), square(2))).toHaveLength(3);
  });

  it('takes images in no other shape than the one that is announced', () => {
    const x = seeded<tf.Rank.R4>([2, 16, 4, 4], 4);
    const run = (input: tf.Tensor): tf.Tensor2D => {
      const images = tf.reshape(input, [2, 16, 16, 1]) as tf.Tensor4D;
      return tf.matMul(tf.reshape(tf.conv2d(images, filter, 1, 'same'), [2, -1]), matrix);
    };
    const recorded = recordPass({run, x, weights: [filter, matrix]});
    expect(recorded?.forward && windowPlan(recorded.forward, x.shape, square(2)).size).toBe(0);
    x.dispose();
  });

  it('says which outputs change with several inputs, and which inputs they see', () => {
    const [conv] = [...windowPlan(partOf(), [2, 16, 16, 1], square(2)).values()];
    if (!conv || !('rule' in conv)) throw new Error('No step is computed in part.');
    const at = (from: number, to: number) => ({from, to});
    const changed = [
      {rows: at(4, 6), columns: at(0, 1)},
      {rows: at(7, 8), columns: at(2, 3)},
    ];
    const region = regionOf(conv, changed);
    expect(region).toEqual({rows: at(3, 9), columns: at(0, 4)});
    expect(seenBy(conv, region)).toEqual({
      rows: {from: 2, to: 10, before: 0},
      columns: {from: 0, to: 5, before: 1},
    });
  });
});

describe('blocksOf', () => {
  const run = (from: number, to: number) => ({from, to});
  const of = (shape: readonly number[], rows: [number, number], columns: [number, number]) => {
    const step = {sums: {terms: 64}, images: {}, shape} as unknown as Parameters<
      typeof blocksOf
    >[0];
    return blocksOf(step, {rows: run(...rows), columns: run(...columns)});
  };

  it('are the blocks that each row of a region is in', () => {
    // Two pixels of 32 channels to a block, seven to a row.
    expect(of([4, 7, 7, 32], [0, 1], [0, 2])).toEqual([run(0, 1)]);
    expect(of([4, 7, 7, 32], [1, 3], [0, 1])).toEqual([run(3, 4), run(7, 8)]);
    expect(of([4, 7, 7, 32], [6, 7], [6, 7])).toEqual([run(24, 25)]);
  });

  it('are one run where rows share a block or follow each other', () => {
    expect(of([4, 7, 7, 32], [1, 3], [0, 7])).toEqual([run(3, 11)]);
    expect(of([4, 8, 8, 1], [2, 5], [3, 4])).toEqual([run(0, 1)]);
    expect(of([4, 16, 16, 4], [1, 4], [0, 16])).toEqual([run(1, 4)]);
  });
});

type Layers = (x: tf.Tensor4D) => tf.Tensor;

onBothSets('windowPlan, dense layers', () => {
  const weights = [filter, second, matrix].map(({shape}, i) => seeded(shape, i + 1));
  const [first, , last] = weights as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
  afterAll(() => {
    tf.dispose(weights);
  });

  /** Names of the planned steps, where the weights are known. */
  function plannedOf(layers: Layers, most?: number): string[] {
    const x = seeded<tf.Rank.R4>([4, 16, 16, 1], 4);
    const cache = openWeightCache();
    const frozen = frozenBy(cache);
    const run = (input: tf.Tensor): tf.Tensor2D => layers(input as tf.Tensor4D) as tf.Tensor2D;
    const recorded = frozen(() => recordPass({run, x, weights}));
    frozen(() => recorded?.run(x, weights))?.dispose();
    const part = recorded?.forward;
    const plan = frozen(() => part && windowPlan(part, x.shape, square(2), most));
    tf.dispose(x);
    cache.dispose();
    return [...(plan?.keys() ?? [])].map(({name}) => name);
  }

  const conv = (x: tf.Tensor4D) => tf.conv2d(x, first, 1, 'same');
  const flat = (x: tf.Tensor) => tf.reshape(x, [x.shape[0] ?? 0, -1]) as tf.Tensor2D;
  const own = () => (relaxedInUse() ? [tf.Conv2D, tf.BatchMatMul] : [tf.Conv2D]);

  it('has a dense layer of images in the relaxed set, but not what comes behind', () => {
    expect(plannedOf((x) => tf.matMul(flat(conv(x)), last))).toEqual(own());
    expect(plannedOf((x) => tf.relu(tf.matMul(flat(conv(x)), last)))).toEqual(own());
  });

  it('has none behind a step that is computed whole, or whose weights depend on images', () => {
    expect(plannedOf((x) => tf.matMul(flat(tf.sigmoid(conv(x))), last))).toEqual([tf.Conv2D]);
    const withThemselves: Layers = (x) => {
      const values = flat(conv(x));
      return tf.matMul(values, tf.transpose(tf.tanh(values)));
    };
    expect(plannedOf(withThemselves)).toEqual([tf.Conv2D]);
  });

  it('has none of which a rectangle reaches over half of the sums', () => {
    const small = seeded<tf.Rank.R2>([64, 3], 5);
    weights.push(small);
    // One block of 64 terms, of which any rectangle changes some.
    const pooled = (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid');
    expect(plannedOf((x) => tf.matMul(flat(pooled(x)), small))).toEqual([tf.MaxPool]);
    const onImages = seeded<tf.Rank.R2>([256, 3], 6);
    weights.push(onImages);
    const direct = relaxedInUse() ? [tf.BatchMatMul] : [];
    expect(plannedOf((x) => tf.matMul(flat(x), onImages))).toEqual(direct);
  });

  it('has none whose sums would be more bytes than may be kept', () => {
    const images = 4 * 4 * 16 * 16 * 5;
    const sums = 4 * 4 * 20 * 3;
    const net: Layers = (x) => tf.matMul(flat(conv(x)), last);
    expect(plannedOf(net, images + sums)).toEqual(own());
    expect(plannedOf(net, images + sums - 1)).toEqual([tf.Conv2D]);
  });
});
