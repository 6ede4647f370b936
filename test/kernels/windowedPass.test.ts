import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {recordPass, type RecordedPass} from '../../src/kernels/recordedPass';
import {openWeightCache} from '../../src/kernels/weightCache';
import {windowedPass} from '../../src/kernels/windowedPass';
import {windowPlan} from '../../src/kernels/windowPlan';
import {seeded} from '../support/models';
import {expectNoLeak} from '../support/tensors';
import {frozenBy, onBothSets} from './support';

type Net = (x: tf.Tensor4D, weight: (...shape: number[]) => tf.Tensor) => tf.Tensor;

const conv = (x: tf.Tensor, filter: tf.Tensor, stride = 1, pad: 'same' | 'valid' = 'same') =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);

const fused = (
  x: tf.Tensor,
  filter: tf.Tensor,
  bias: tf.Tensor,
  strides = 1,
  pad: 'same' | number = 'same',
) =>
  tf.fused.conv2d({
    ...{x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, strides, pad, bias},
    activation: 'relu',
  });

/** Networks, and how many of their steps a rectangle of 2x3 pixels is computed in. */
const NETS: Readonly<Record<string, {net: Net; size: number; channels: number; steps: number}>> = {
  'strided 4x4 filters': {
    ...{size: 28, channels: 1, steps: 2},
    net: (x, w) => fused(fused(x, w(4, 4, 1, 8), w(8), 2), w(4, 4, 8, 16), w(16), 2),
  },
  'strided 3x3 filters, padded by a number': {
    ...{size: 27, channels: 3, steps: 2},
    net: (x, w) => fused(fused(x, w(3, 3, 3, 8), w(8), 2, 1), w(3, 3, 8, 12), w(12), 2, 1),
  },
  'Winograd and max pooling': {
    ...{size: 28, channels: 4, steps: 4},
    net: (x, w) => {
      const first = tf.maxPool(fused(x, w(3, 3, 4, 8), w(8)), 2, 2, 'valid');
      return tf.maxPool(fused(first, w(3, 3, 8, 8), w(8)), 2, 2, 'same');
    },
  },
  'padding, batch norm and leaky ReLU': {
    ...{size: 30, channels: 4, steps: 4},
    net: (x, w) => {
      const padded = tf.pad(x, [[0, 0], [2, 1], [0, 3], [0, 0]]); // prettier-ignore
      const y = conv(padded, w(3, 3, 4, 8), 1, 'valid');
      const variance = tf.add(tf.abs(w(8)), 0.5) as tf.Tensor1D;
      return tf.leakyRelu(
        tf.batchNorm(y, w(8) as tf.Tensor1D, variance, w(8) as tf.Tensor1D, w(8) as tf.Tensor1D),
        0.1,
      );
    },
  },
  'a residual block': {
    ...{size: 32, channels: 4, steps: 6},
    net: (x, w) => {
      const first = fused(x, w(3, 3, 4, 8), w(8));
      const second = tf.add(conv(first, w(3, 3, 8, 8)), w(8));
      return tf.relu(tf.add(second, conv(x, w(1, 1, 4, 8))));
    },
  },
  'pointwise and 5x5 filters, each value apart': {
    ...{size: 20, channels: 24, steps: 5},
    net: (x, w) => {
      const y = conv(conv(x, w(1, 1, 24, 24)), w(5, 5, 24, 4));
      return tf.relu6(tf.sub(tf.mul(y, w(4)), w(4)));
    },
  },
  'a step that is computed whole': {
    ...{size: 24, channels: 4, steps: 1},
    net: (x, w) => conv(tf.sigmoid(conv(x, w(3, 3, 4, 4))), w(3, 3, 4, 4)),
  },
  'a dilated filter, computed whole': {
    ...{size: 24, channels: 4, steps: 1},
    net: (x, w) =>
      tf.conv2d(conv(x, w(3, 3, 4, 4)), w(3, 3, 4, 4) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
  },
};

interface Case {
  readonly recorded: RecordedPass;
  readonly weights: tf.Tensor[];
  readonly images: tf.Tensor4D;
  /** Runs something while the weights are known not to change, as in an attack. */
  readonly frozen: <T>(body: () => T) => T;
  readonly dispose: () => void;
}

/** Records a network, with a dense layer behind it. */
function caseOf({net, size, channels}: (typeof NETS)[string], batch = 5): Case {
  const weights: tf.Tensor[] = [];
  let isFirst = true;
  const run = (x: tf.Tensor): tf.Tensor2D => {
    let next = 0;
    const weight = (...shape: number[]): tf.Tensor => {
      if (isFirst) weights.push(tf.keep(seeded(shape, weights.length, 0.5)));
      return weights[next++] as tf.Tensor;
    };
    const features = net(x as tf.Tensor4D, weight);
    const flat = tf.reshape(features, [x.shape[0] as number, -1]);
    return tf.matMul(flat, weight(flat.shape[1] as number, 3)) as tf.Tensor2D;
  };
  const images = seeded<tf.Rank.R4>([batch, size, size, channels], 77);
  tf.tidy(() => void run(images));
  isFirst = false;
  const cache = openWeightCache();
  const frozen = frozenBy(cache);
  const recorded = frozen(() => recordPass({run, x: images, weights}));
  if (!recorded) throw new Error('Cannot be recorded.');
  for (let i = 0; i < 2; i++) frozen(() => recorded.run(images, weights)).dispose();
  const dispose = () => {
    cache.dispose();
    tf.dispose([weights, images]);
  };
  return {recorded, weights, images, frozen, dispose};
}

const bitsOf = (tensor: tf.Tensor): number[] => {
  const bits = [...new Int32Array(tensor.dataSync<'float32'>().slice().buffer)];
  tensor.dispose();
  return bits;
};

/** Passes of a search that keeps some changes; each has the digits of a whole pass. */
function search({recorded, weights, images}: Case, height: number, width: number): void {
  const rng = createRng(5);
  const [batch, rows, columns, channels] = images.shape;
  const values = images.dataSync<'float32'>().slice();
  const part = recorded.forward;
  if (!part) throw new Error('No forward pass was recorded.');
  const pass = windowedPass(part, weights, images, {height, width});
  if (!pass) throw new Error('No step is computed in part.');
  for (let query = 0; query < 12; query++) {
    // All four corners, and anywhere.
    const place = (room: number, bit: number) =>
      query < 4 ? room * ((query >> bit) & 1) : Math.floor((room + 1) * rng.uniform());
    const [top, left] = [place(rows - height, 0), place(columns - width, 1)];
    const changed = values.slice();
    for (let image = 0; image < batch; image++) {
      for (let row = top; row < top + height; row++) {
        const from = ((image * rows + row) * columns + left) * channels;
        for (let i = from; i < from + width * channels; i++) changed[i] = rng.uniform();
      }
    }
    const x = tf.tensor4d(changed, images.shape);
    const [own, whole] = [pass.run(x, {top, left, height, width}), recorded.run(x, weights)];
    expect(bitsOf(own)).toEqual(bitsOf(whole));
    x.dispose();
    const kept = new Set(
      Array.from({length: batch}, (_, i) => i).filter(() => rng.uniform() < 0.4),
    );
    pass.settle(kept);
    const perImage = rows * columns * channels;
    for (const image of kept) {
      values.set(changed.subarray(image * perImage, (image + 1) * perImage), image * perImage);
    }
  }
  pass.dispose();
}

onBothSets('windowedPass', () => {
  for (const [name, net] of Object.entries(NETS)) {
    it(`has the digits of whole passes: ${name}`, async () => {
      const own = caseOf(net);
      const {forward} = own.recorded;
      expect(forward && windowPlan(forward, own.images.shape, {height: 2, width: 3}).size).toBe(
        net.steps,
      );
      const ids = tf.backend().numDataIds();
      await expectNoLeak(() => {
        own.frozen(() => {
          search(own, 2, 3);
          search(own, 5, 4);
        });
      });
      expect(tf.backend().numDataIds()).toBe(ids);
      own.dispose();
    });
  }

  it('is none where a rectangle reaches most of an image', () => {
    const own = caseOf(NETS['Winograd and max pooling'] as (typeof NETS)[string]);
    const {forward} = own.recorded;
    const size = {height: 26, width: 27};
    expect(forward && windowedPass(forward, own.weights, own.images, size)).toBeUndefined();
    own.dispose();
  });

  it('undoes a change that is not kept, and disposes what it has left without being settled', async () => {
    const own = caseOf(NETS['a residual block'] as (typeof NETS)[string]);
    const {recorded, weights, images} = own;
    const {forward} = recorded;
    await expectNoLeak(() => {
      const pass = forward && windowedPass(forward, weights, images, {height: 4, width: 4});
      const before = bitsOf(recorded.run(images, weights));
      const place = {top: 3, left: 9, height: 4, width: 4};
      const x = tf.tidy(() => {
        const window = [[0, 0], [3, 25], [9, 19], [0, 0]] as [number, number][]; // prettier-ignore
        return tf.add(images, tf.pad(tf.ones([5, 4, 4, 4]), window)) as tf.Tensor4D;
      });
      expect(pass && bitsOf(pass.run(x, place))).not.toEqual(before);
      pass?.settle(new Set());
      expect(pass && bitsOf(pass.run(images, place))).toEqual(before);
      x.dispose();
      pass?.dispose();
    });
    own.dispose();
  });

  it('leaves nothing behind when a kernel throws', async () => {
    const own = caseOf(NETS['a step that is computed whole'] as (typeof NETS)[string]);
    const {recorded, weights, images} = own;
    const {forward} = recorded;
    if (!forward) throw new Error('No forward pass was recorded.');
    const broken = {
      ...forward,
      steps: forward.steps.map((step) =>
        step.name === tf.Sigmoid
          ? {
              ...step,
              run: () => {
                throw new Error('broken');
              },
            }
          : step,
      ),
    };
    const ids = tf.backend().numDataIds();
    await expectNoLeak(() => {
      expect(() => windowedPass(broken, weights, images, {height: 2, width: 2})).toThrow('broken');
    });
    expect(tf.backend().numDataIds()).toBe(ids);
    own.dispose();
  });
});

describe('windowedPass, other backends', () => {
  it.skipIf(tf.getBackend() === 'wasm')('is none', () => {
    const own = caseOf(NETS['strided 4x4 filters'] as (typeof NETS)[string]);
    const {forward} = own.recorded;
    const size = {height: 2, width: 2};
    expect(forward && windowedPass(forward, own.weights, own.images, size)).toBeUndefined();
    own.dispose();
  });
});
