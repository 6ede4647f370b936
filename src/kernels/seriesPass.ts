import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {changedImages, type ChangedImages, type Rectangle} from '../core/layers/imageSeries';
import type {RecordedPass} from './recordedPass';
import {windowedPass, type WindowedPass} from './windowedPass';

/** What a recording leaves for the next pass of a series. */
interface Left {
  readonly pass: WindowedPass | undefined;
  readonly size: string;
  /** Of weights whose values have not changed since. */
  readonly data: readonly object[];
  /** Of the change that was computed last. */
  index: number;
  dispose(): void;
}

// Of so few rows some of our kernels leave a product to the backend, by the number of rows.
const FEWEST_IMAGES = 4;

const lefts = new WeakMap<object, Left>();
// Whether rectangles have the digits of the whole.
const isSound = new WeakMap<RecordedPass, boolean>();

/**
 * A recorded pass through images of a series: what the change does not reach is kept from the pass before.
 *
 * @param recorded - The whole pass, without a gradient.
 * @returns The same digits as the recorded pass has; `undefined` where it has to run.
 */
export function seriesPass(
  recorded: RecordedPass,
  x: tf.Tensor,
  weights: readonly tf.Tensor[],
): tf.Tensor2D | undefined {
  const change = changedImages(x);
  const isPossible = recorded.forward && at(x.shape, 0) >= FEWEST_IMAGES;
  if (!change || !isPossible || isSound.get(recorded) === false) return undefined;
  try {
    return leftFor(recorded, change, weights).pass?.run(x, change.rectangle);
  } catch {
    // What fails in the whole pass too is said there.
    isSound.set(recorded, false);
    forget(recorded, change);
    return undefined;
  }
}

function forget(recorded: RecordedPass, {left}: ChangedImages): void {
  left.get(recorded)?.dispose();
  left.delete(recorded);
}

const sizeOf = ({height, width}: Rectangle): string => `${height} ${width}`;

/** What the pass before has left, with its change settled; made anew where there is none for this change. */
function leftFor(
  recorded: RecordedPass,
  change: ChangedImages,
  weights: readonly tf.Tensor[],
): Left {
  const {rectangle, index, kept, left, base} = change;
  const data = weights.map(({dataId}) => dataId);
  const known = lefts.get(left.get(recorded) ?? recorded);
  const passes = index - (known?.index ?? NaN);
  if (
    known &&
    (passes === 0 || passes === 1) &&
    known.size === sizeOf(rectangle) &&
    known.data.every((id, i) => id === data[i])
  ) {
    // The same images once more: their change is not settled yet.
    known.pass?.settle(passes === 0 ? new Set() : kept);
    known.index = index;
    return known;
  }
  forget(recorded, change);
  const images = base();
  try {
    const pass = verified(recorded, weights, images, rectangle);
    const made: Left = {
      ...{pass, size: sizeOf(rectangle), data, index},
      dispose: () => pass?.dispose(),
    };
    lefts.set(made, made);
    left.set(recorded, made);
    return made;
  } finally {
    images.dispose();
  }
}

/** A windowed pass, whose digits in the corners and in the middle of images were compared with whole passes. */
function verified(
  recorded: RecordedPass,
  weights: readonly tf.Tensor[],
  images: tf.Tensor,
  size: Rectangle,
): WindowedPass | undefined {
  const pass = recorded.forward && windowedPass(recorded.forward, weights, images, size);
  if (!pass || isSound.get(recorded)) return pass;
  try {
    const [, height = 0, width = 0] = images.shape;
    const [down, across] = [height - size.height, width - size.width];
    for (const part of [0, 0.5, 1]) {
      const place = {...size, top: Math.floor(part * down), left: Math.floor(part * across)};
      const same = tf.tidy(() => {
        const x = changedIn(images, place);
        const [own, whole] = [pass.run(x, place), recorded.run(x, weights)].map(
          (logits) => new Int32Array(logits.dataSync<'float32'>().slice().buffer),
        );
        return own?.every((bits, i) => bits === whole?.[i]);
      });
      pass.settle(new Set());
      if (same !== true) throw new Error('Digits of a rectangle are not those of the whole.');
    }
    isSound.set(recorded, true);
    return pass;
  } catch (error) {
    pass.dispose();
    throw error;
  }
}

/** Images with a rectangle of other values. */
function changedIn(images: tf.Tensor, {top, left, height, width}: Rectangle): tf.Tensor {
  const values = images.dataSync<'float32'>().slice();
  const [batch = 0, rows = 0, columns = 0, channels = 0] = images.shape;
  for (let image = 0; image < batch; image++) {
    for (let row = top; row < top + height; row++) {
      const first = ((image * rows + row) * columns + left) * channels;
      for (let i = first; i < first + width * channels; i++) values[i] = 1 - (values[i] ?? NaN) / 3;
    }
  }
  return tf.tensor(values, images.shape);
}
