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

/** Passes until they are recorded, and one in which a series sees the weights for the first time. */
function warmUp(classify: Classifier, images: tf.Tensor4D): void {
  for (let i = 0; i < WARM; i++) bitsOf(classify, images);
  const x = images.clone();
  const series = imageSeries();
  series.announce(x, place(0, 0, 1), () => {
    throw new Error('not to be called');
  });
  bitsOf(classify, x);
  expect(changedImages(x)?.left.size).toBe(0);
  series.forget();
  x.dispose();
}

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
  warmUp(frozen.classify, images);
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

  it('waits until new weights are known, since convolutions of few outputs take another algorithm then', () => {
    const net = tfl.sequential({
      layers: [
        l.conv2d({filters: 8, kernelSize: 3, padding: 'same', inputShape: [6, 6, 4]}),
        l.flatten(),
        l.dense({units: 3}),
      ],
    });
    const images = seeded<tf.Rank.R4>([BATCH, 6, 6, 4], 9);
    const frozen = freezeWeights(asClassifier<tf.Tensor4D>(net));
    const series = imageSeries();
    warmUp(frozen.classify, images);
    const found: (number | undefined)[] = [];
    for (let i = 0; i < 6; i++) {
      if (i === 3) {
        tf.tidy(() => {
          net.setWeights(net.getWeights().map((weight) => tf.mul(weight, 1.1)));
        });
      }
      if (i === 5) frozen.dispose();
      tf.tidy(() => {
        const at = place(i % 5, (2 * i) % 5, 1);
        const window = [[0, 0], [at.top, 5 - at.top], [at.left, 5 - at.left], [0, 0]]; // prettier-ignore
        const x = tf.add<tf.Tensor4D>(
          images,
          tf.pad(tf.ones([BATCH, 1, 1, 4]), window as [number, number][]),
        );
        series.announce(x, at, () => images.clone());
        const own = bitsOf(frozen.classify, x);
        // A whole pass that sees weights for the first time has other digits than the next one.
        if (i !== 3) expect(own).toEqual(bitsOf(frozen.classify, x.clone()));
        found.push(changedImages(x)?.left.size);
      });
    }
    // New values are seen for the first time in the fourth pass, and once frozen weights are disposed nothing is known.
    expect(found).toEqual([1, 1, 1, 0, 1, 0]);
    series.forget();
    net.dispose();
    images.dispose();
  });

  it('lets a model run whole that is left out of every other query', () => {
    const [own, other] = [search(), search()];
    const images = seeded<tf.Rank.R4>([BATCH, 16, 16, 1], 9);
    let asked = 0;
    for (let i = 0; i < 12; i++) {
      tf.tidy(() => {
        const at = place(i, 12 - i);
        const x = changed(images, i, at);
        const {classify} = i % 2 === 0 ? own : other;
        const whole = bitsOf(classify, x);
        own.series.announce(x, at, () => {
          asked++;
          return images.clone();
        });
        expect(bitsOf(classify, x)).toEqual(whole);
      });
    }
    expect(asked).toBe(4);
    own.end();
    other.end();
    images.dispose();
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

  /** A search whose second and last convolutions have so many filters, with a kernel under the name of a leaky ReLU. */
  function program(kernel: (x: tf.Tensor4D) => tf.Tensor, filters = 4) {
    const conv = (size: number, kernelSize: number) =>
      l.conv2d({filters: size, kernelSize, padding: 'same', inputShape: [16, 16, 1]});
    const net = tfl.sequential({
      layers: [conv(4, 3), conv(filters, 5), l.leakyReLU(), l.flatten(), l.dense({units: 3})],
    });
    const restore = replaceKernel(tf.LeakyRelu, 'wasm', ({inputs}: {inputs: {x: tf.Tensor4D}}) =>
      kernel(inputs.x),
    );
    const images = seeded<tf.Rank.R4>([BATCH, 16, 16, 1], 9);
    const frozen = freezeWeights(asClassifier<tf.Tensor4D>(net));
    warmUp(frozen.classify, images);
    const series = imageSeries();
    let asked = 0;
    /** Whether something is left of a query. */
    const query = (seed: number, side: number, before = () => undefined): boolean =>
      tf.tidy(() => {
        const at = place(4, 5, side);
        const x = changed(images, seed, at);
        const whole = bitsOf(frozen.classify, x);
        series.announce(x, at, () => {
          asked++;
          return images.clone();
        });
        before();
        expect(bitsOf(frozen.classify, x)).toEqual(whole);
        return changedImages(x)?.left.size === 1;
      });
    const end = () => {
      series.forget();
      restore();
      frozen.dispose();
      net.dispose();
      images.dispose();
    };
    return {query, asked: () => asked, end};
  }

  it('leaves passes to the whole where rectangles of any size have other digits', async () => {
    const own = program((x) => tf.sub(x, tf.mean(x)));
    await expectNoLeak(() => {
      // Of nine pixels only the first convolution is computed in part, of two the kernel is, too.
      expect([9, 9, 2, 2, 9].map((side, i) => own.query(i, side))).toEqual([
        ...[true, true, false, false, false],
      ]);
    });
    expect(own.asked()).toBe(2);
    own.end();
  });

  it('leaves passes to the whole once three of them have failed', async () => {
    const own = program((x) => {
      if (x.shape[1] !== 16) throw new Error(`images of ${x.shape.join()}`);
      return tf.mul(x, 2);
    });
    await expectNoLeak(() => {
      for (let i = 0; i < 6; i++) expect(own.query(i, 2)).toBe(false);
    });
    expect(own.asked()).toBe(3);
    own.end();
  });

  it('goes on after one has failed', () => {
    let fails = false;
    const own = program((x) => {
      if (fails) {
        fails = false;
        throw new Error('once');
      }
      return tf.mul(x, 2);
    });
    const fail = (): undefined => {
      fails = true;
    };
    expect(own.query(1, 2)).toBe(true);
    expect(own.query(2, 2, fail)).toBe(false);
    expect(own.query(3, 2)).toBe(true);
    expect(own.asked()).toBe(2);
    own.end();
  });

  it('computes in part what comes before a convolution of three filters, which XNNPACK computes', () => {
    const own = program((x) => tf.mul(x, 2), 3);
    expect(own.query(1, 2)).toBe(true);
    expect(own.query(2, 2)).toBe(true);
    expect(own.asked()).toBe(1);
    own.end();
  });
});
