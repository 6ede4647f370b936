import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, expect, it} from 'vitest';

import {asClassifier, type Classifier} from '../../src/core/classifier';
import {changedImages, type ImageSeries, imageSeries} from '../../src/core/layers/imageSeries';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {replaceKernel} from '../../src/kernels/registries';
import {freezeWeights} from '../../src/math/freezeWeights';
import {logitsAt} from '../../src/math/logitsAt';
import {seeded} from '../support/models';
import {expectNoLeak} from '../support/tensors';
import {onWasm} from './support';

const l = tfl.layers;
/** Passes after which a recording is used. */
const WARM = 22;
const BATCH = 5;

function model(): tfl.LayersModel {
  const conv = {kernelSize: 3, strides: 2, padding: 'same', activation: 'relu'} as const;
  const kernelInitializer = tfl.initializers.glorotUniform({seed: 3});
  return tfl.sequential({
    layers: [
      l.conv2d({...conv, filters: 4, inputShape: [16, 16, 1], kernelInitializer}),
      l.conv2d({...conv, filters: 8, kernelInitializer}),
      l.flatten(),
      l.dense({units: 3, kernelInitializer}),
    ],
  });
}

const bitsOf = (classify: Classifier, x: tf.Tensor4D): number[] => {
  const logits = logitsAt('test', classify, x);
  const bits = [...new Int32Array(logits.dataSync<'float32'>().slice().buffer)];
  logits.dispose();
  return bits;
};

/** Images, and the same with other values in a rectangle of some of them. */
function changed(images: tf.Tensor4D, seed: number, place: Place, rows?: number[]): tf.Tensor4D {
  const values = images.dataSync<'float32'>().slice();
  const others = seeded([BATCH * 256], seed).dataSync<'float32'>();
  for (const image of rows ?? [0, 1, 2, 3, 4]) {
    for (let row = place.top; row < place.top + place.height; row++) {
      for (let column = place.left; column < place.left + place.width; column++) {
        const at = image * 256 + row * 16 + column;
        values[at] = others[at] as number;
      }
    }
  }
  return tf.tensor4d(values, images.shape);
}

interface Place {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const place = (top: number, left: number, side = 2): Place => ({
  ...{top, left, height: side, width: side},
});

interface Search {
  readonly classify: Classifier;
  readonly net: tfl.LayersModel;
  readonly series: ImageSeries;
  /** Number of times that the images without a change were asked for. */
  readonly asked: () => number;
  /** A pass of the series, whose digits are those of a pass outside of it. */
  readonly query: (at: Place, seed: number, kept?: number[]) => void;
  readonly end: () => void;
}

function search(batch = BATCH): Search {
  const net = model();
  const frozen = freezeWeights(asClassifier<tf.Tensor4D>(net));
  const series = imageSeries();
  let images = seeded<tf.Rank.R4>([batch, 16, 16, 1], 9);
  let asked = 0;
  for (let i = 0; i < WARM; i++) bitsOf(frozen.classify, images);
  return {
    ...{classify: frozen.classify, net, series},
    asked: () => asked,
    query: (at, seed, kept = []) => {
      tf.tidy(() => {
        const x = changed(images, seed, at);
        const whole = bitsOf(frozen.classify, x);
        series.announce(x, at, () => {
          asked++;
          return images.clone();
        });
        expect(bitsOf(frozen.classify, x)).toEqual(whole);
        for (const image of kept) series.keep(image);
        const next = tf.keep(changed(images, seed, at, kept));
        images.dispose();
        images = next;
      });
    },
    end: () => {
      series.forget();
      frozen.dispose();
      net.dispose();
      images.dispose();
    },
  };
}

onWasm('seriesPass', () => {
  let undo: () => void;
  beforeAll(async () => {
    undo = await registerGradientKernels({simd: 'plain'});
  });
  afterAll(() => {
    undo();
  });

  it('has the digits of whole passes, and asks for the images once', async () => {
    await expectNoLeak(() => {
      const own = search();
      const ids = tf.backend().numDataIds();
      for (let i = 0; i < 20; i++) {
        own.query(place((5 * i) % 15, (3 * i) % 15), i, [i % 5, (i * i) % 4]);
      }
      expect(own.asked()).toBe(1);
      own.series.forget();
      expect(tf.backend().numDataIds()).toBe(ids);
      own.end();
    });
  });

  it('begins anew with rectangles of another size, and after the series has forgotten', () => {
    const own = search();
    for (const side of [2, 2, 4, 4, 4, 3]) own.query(place(3, 5, side), side, [1, 2]);
    expect(own.asked()).toBe(3);
    own.series.forget();
    own.query(place(6, 6, 3), 8, [0]);
    own.query(place(7, 6, 3), 9, [3]);
    expect(own.asked()).toBe(4);
    own.end();
  });

  it('begins anew where a change was announced that it did not see', () => {
    const own = search();
    own.query(place(1, 1), 1, [0, 1]);
    const unseen = tf.zeros<tf.Rank.R4>([BATCH, 16, 16, 1]);
    own.series.announce(unseen, place(4, 4), () => unseen.clone());
    own.query(place(8, 1), 2, [2]);
    own.query(place(8, 9), 3, [2]);
    expect(own.asked()).toBe(2);
    unseen.dispose();
    own.end();
  });

  it('takes the same images twice, as in an ensemble that has a model twice', () => {
    const own = search();
    own.query(place(2, 2), 1, [0, 3]);
    tf.tidy(() => {
      const images = seeded<tf.Rank.R4>([BATCH, 16, 16, 1], 9);
      // What the search holds by now.
      const base = changed(images, 1, place(2, 2), [0, 3]);
      const at = place(9, 10);
      const x = changed(base, 7, at);
      const whole = bitsOf(own.classify, x);
      own.series.announce(x, at, () => base.clone());
      for (let i = 0; i < 3; i++) expect(bitsOf(own.classify, x)).toEqual(whole);
    });
    own.query(place(2, 4), 2);
    expect(own.asked()).toBe(1);
    own.end();
  });

  it('keeps what each of two models of a series has', () => {
    const [own, other] = [search(), search()];
    const images = seeded<tf.Rank.R4>([BATCH, 16, 16, 1], 9);
    for (let i = 0; i < 4; i++) {
      tf.tidy(() => {
        const at = place(3 * i, 2 * i);
        const x = changed(images, i, at);
        const wholes = [own, other].map(({classify}) => bitsOf(classify, x));
        own.series.announce(x, at, () => images.clone());
        expect([own, other].map(({classify}) => bitsOf(classify, x))).toEqual(wholes);
        expect(changedImages(x)?.left.size).toBe(2);
      });
    }
    images.dispose();
    own.end();
    other.end();
  });

  it('begins anew where weights have other values', () => {
    const own = search();
    own.query(place(2, 2), 1, [0, 3]);
    tf.tidy(() => {
      own.net.setWeights(own.net.getWeights().map((weight) => tf.mul(weight, 1.5)));
    });
    own.query(place(5, 2), 2, [4]);
    own.query(place(5, 9), 3, [4]);
    expect(own.asked()).toBe(2);
    own.end();
  });

  it('leaves batches of fewer than four images to whole passes', () => {
    const own = search(3);
    tf.tidy(() => {
      const x = seeded<tf.Rank.R4>([3, 16, 16, 1], 1);
      own.series.announce(x, place(0, 0), () => {
        throw new Error('not to be called');
      });
      bitsOf(own.classify, x);
      expect(changedImages(x)?.left.size).toBe(0);
    });
    own.end();
  });

  // Kernels of a program under the name of a leaky ReLU: one reads all values, one is for one shape alone.
  const KERNELS: Readonly<Record<string, (x: tf.Tensor4D) => tf.Tensor>> = {
    'has other digits': (x) => tf.sub(x, tf.mean(x)),
    'cannot be computed': (x) => {
      if (x.shape[1] !== 16) throw new Error(`images of ${x.shape.join()}`);
      return tf.mul(x, 2);
    },
  };

  it.each(Object.keys(KERNELS))('leaves passes to the whole where a rectangle %s', async (name) => {
    const net = tfl.sequential({
      layers: [
        l.conv2d({filters: 4, kernelSize: 3, padding: 'same', inputShape: [16, 16, 1]}),
        l.leakyReLU(),
        l.flatten(),
        l.dense({units: 3}),
      ],
    });
    const restore = replaceKernel(tf.LeakyRelu, 'wasm', ({inputs}: {inputs: {x: tf.Tensor4D}}) =>
      (KERNELS[name] as (x: tf.Tensor4D) => tf.Tensor)(inputs.x),
    );
    const images = seeded<tf.Rank.R4>([BATCH, 16, 16, 1], 9);
    const frozen = freezeWeights(asClassifier<tf.Tensor4D>(net));
    for (let i = 0; i < WARM; i++) bitsOf(frozen.classify, images);
    let asked = 0;
    await expectNoLeak(() => {
      const series = imageSeries();
      for (let i = 0; i < 3; i++) {
        tf.tidy(() => {
          const x = changed(images, i, place(4, 5));
          const whole = bitsOf(frozen.classify, x);
          series.announce(x, place(4, 5), () => {
            asked++;
            return images.clone();
          });
          expect(bitsOf(frozen.classify, x)).toEqual(whole);
          expect(changedImages(x)?.left.size).toBe(0);
        });
      }
      series.forget();
    });
    expect(asked).toBe(1);
    restore();
    frozen.dispose();
    net.dispose();
    images.dispose();
  });
});
