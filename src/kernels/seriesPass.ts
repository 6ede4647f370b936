import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {changedImages, type ChangedImages, type Rectangle} from '../core/layers/imageSeries';
import type {RecordedPass} from './recordedPass';
import {isKept} from './weightCache';
import {RefusedStepError, windowedPass, type WindowedPass} from './windowedPass';

/** What a recording leaves for the next pass of a series. */
interface Left {
  /** Absent: passes are whole. */
  readonly pass: WindowedPass | undefined;
  readonly size: string;
  /** Of weights whose values have not changed since. */
  readonly data: readonly object[];
  /** Of the change that was computed last. */
  index: number;
  /** How often in a row the pass was made anew before another one could use it. */
  misses: number;
  dispose(): void;
}

// Of so few rows some of our kernels leave a product to the backend, by the number of rows.
const FEWEST_IMAGES = 4;
// A classifier that runs a model now and then, such as one that draws from an ensemble, is served better by
// whole passes.
const MOST_MISSES = 2;
const MOST_FAILURES = 3;
// Bytes that are kept in a series.
const MOST_BYTES = 2 ** 29;

const lefts = new WeakMap<object, Left>();

/** What is known of a recording: sizes of rectangles that have the digits of the whole, and how often it failed. */
interface Trial {
  readonly sound: Set<string>;
  failures: number;
}

const trials = new WeakMap<RecordedPass, Trial>();

function trialOf(recorded: RecordedPass): Trial {
  let trial = trials.get(recorded);
  if (!trial) trials.set(recorded, (trial = {sound: new Set(), failures: 0}));
  return trial;
}

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
  const trial = trialOf(recorded);
  if (!change || !isPossible || trial.failures >= MOST_FAILURES) return undefined;
  // Which algorithm a convolution takes depends on it. All are asked: the first question makes them known.
  if (weights.map(isKept).includes(false)) {
    forget(recorded, change);
    return undefined;
  }
  try {
    return leftFor(recorded, change, weights).pass?.run(x, change.rectangle);
  } catch (error) {
    // Without the step that was refused it is tried again. What fails in the whole pass too is said there.
    if (!(error instanceof RefusedStepError)) trial.failures++;
    for (const each of change.left.values()) each.dispose();
    change.left.clear();
    return undefined;
  }
}

function forget(recorded: RecordedPass, {left}: ChangedImages): void {
  left.get(recorded)?.dispose();
  left.delete(recorded);
}

/** What the pass before has left, with its change settled; made anew where there is none for this change. */
function leftFor(
  recorded: RecordedPass,
  change: ChangedImages,
  weights: readonly tf.Tensor[],
): Left {
  const {rectangle, index, kept, left} = change;
  const size = `${rectangle.height} ${rectangle.width}`;
  const data = weights.map(({dataId}) => dataId);
  const known = lefts.get(left.get(recorded) ?? recorded);
  const isFor = known?.size === size && known.data.every((id, i) => id === data[i]);
  if (known && isFor) {
    const passes = index - known.index;
    const isNext = passes === 0 || passes === 1;
    if (isNext || known.misses >= MOST_MISSES) {
      // The same images once more: their change is not settled yet.
      known.pass?.settle(passes === 0 ? new Set() : kept);
      known.index = index;
      if (known.misses < MOST_MISSES) known.misses = 0;
      return known;
    }
  }
  const misses = known && isFor ? known.misses + 1 : 0;
  forget(recorded, change);
  const pass = misses < MOST_MISSES ? soundPass(recorded, change, weights, size) : undefined;
  const made: Left = {pass, size, data, index, misses, dispose: () => pass?.dispose()};
  lefts.set(made, made);
  left.set(recorded, made);
  return made;
}

/**
 * A windowed pass. Where rectangles of this size are the first ones of a recording, their digits in the corners and in
 * the middle of images are compared with whole passes: more steps are computed in part for smaller ones.
 */
function soundPass(
  recorded: RecordedPass,
  {rectangle, base, left}: ChangedImages,
  weights: readonly tf.Tensor[],
  size: string,
): WindowedPass | undefined {
  const bytes = [...left.values()].reduce(
    (sum, each) => sum + (lefts.get(each)?.pass?.bytes ?? 0),
    0,
  );
  const {forward} = recorded;
  const {sound} = trialOf(recorded);
  const images = base();
  let pass: WindowedPass | undefined;
  try {
    pass = forward && windowedPass(forward, weights, images, rectangle, MOST_BYTES - bytes);
    if (!pass || sound.has(size)) return pass;
    for (const part of [0, 0.5, 1]) {
      if (isSame(recorded, pass, weights, changedIn(images, rectangle, part))) continue;
      trialOf(recorded).failures = MOST_FAILURES;
      throw new Error('Digits of a rectangle are not those of the whole.');
    }
    sound.add(size);
    return pass;
  } catch (error) {
    pass?.dispose();
    throw error;
  } finally {
    images.dispose();
  }
}

interface Changed {
  readonly x: tf.Tensor;
  readonly place: Rectangle;
}

/** Whether a windowed pass has the digits of the whole one; `x` is disposed. */
function isSame(
  recorded: RecordedPass,
  pass: WindowedPass,
  weights: readonly tf.Tensor[],
  {x, place}: Changed,
): boolean {
  try {
    return tf.tidy(() => {
      const [own, whole] = [pass.run(x, place), recorded.run(x, weights)].map(
        (logits) => new Int32Array(logits.dataSync<'float32'>().slice().buffer),
      );
      return own?.every((bits, i) => bits === whole?.[i]) === true;
    });
  } finally {
    x.dispose();
    pass.settle(new Set());
  }
}

/** Images with other values in a rectangle: at one end, in the middle or at the other end, by `part` of the room. */
function changedIn(images: tf.Tensor, size: Rectangle, part: number): Changed {
  const values = images.dataSync<'float32'>().slice();
  const [batch = 0, rows = 0, columns = 0, channels = 0] = images.shape;
  const {height, width} = size;
  const top = Math.floor(part * (rows - height));
  const left = Math.floor(part * (columns - width));
  for (let image = 0; image < batch; image++) {
    for (let row = top; row < top + height; row++) {
      const first = ((image * rows + row) * columns + left) * channels;
      for (let i = first; i < first + width * channels; i++) values[i] = 1 - (values[i] ?? NaN) / 3;
    }
  }
  return {x: tf.tensor(values, images.shape), place: {...size, top, left}};
}
