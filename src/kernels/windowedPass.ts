import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Rectangle} from '../core/layers/imageSeries';
import {copyOf, type Storage} from './kernelRecorder';
import {type ForwardPart, give, type PlannedStep, runPart} from './recordedPass';
import {type Block, blocksOn, copyBlock} from './wasm/blocks';
import {
  refuseWindows,
  type Region,
  regionOf,
  seenBy,
  windowPlan,
  type WindowStep,
} from './windowPlan';

/**
 * A pass through a network on images of which a rectangle changes from one pass to the next. What the rectangle
 * does not reach is kept, and not computed again.
 */
export interface WindowedPass {
  /**
   * The logits, to the digits of a whole pass. The change of the pass before has to be settled.
   *
   * @param x - The images, which differ from those that were kept in the rectangle alone.
   * @param rectangle - Of the size that was planned for.
   */
  run(x: tf.Tensor, rectangle: Rectangle): tf.Tensor2D;
  /** Of what is kept between passes, but for the last change. */
  readonly bytes: number;
  /** Keeps the change of the last pass in some images, and undoes it in the others. */
  settle(kept: ReadonlySet<number>): void;
  dispose(): void;
}

/** Says that a step cannot compute a rectangle, which is found when it is to; plans leave it out from then on. */
export class RefusedStepError extends Error {
  override readonly name = 'RefusedStepError';
}

/** What such a pass keeps. */
interface Context {
  readonly part: ForwardPart;
  readonly input: Storage;
  readonly copies: NonNullable<ReturnType<typeof blocksOn>>;
  readonly plan: ReadonlyMap<PlannedStep, WindowStep>;
  /** Outputs of planned steps for the images as they are. */
  readonly outputs: Map<Storage, tf.Tensor>;
  /** What the last pass has changed in them. */
  readonly changes: Change[];
}

interface Change {
  /** What was there before. */
  readonly before: TensorBlock;
  readonly place: Block;
}

interface TensorBlock extends Block {
  readonly tensor: tf.Tensor;
}

/**
 * Prepares such passes by a whole one, on the wasm backend.
 *
 * @param part - The pass.
 * @param weights - What it reads besides `base`.
 * @param base - `[batch, height, width, channels]` images without any change.
 * @param size - Of the rectangles.
 * @param most - Bytes that may be kept.
 * @returns `undefined` where rectangles of that size reach most of what the first kernels compute.
 */
export function windowedPass(
  part: ForwardPart,
  weights: readonly tf.Tensor[],
  base: tf.Tensor,
  size: Pick<Rectangle, 'height' | 'width'>,
  most = Infinity,
): WindowedPass | undefined {
  const copies = blocksOn(part.backend);
  const plan = windowPlan(part, base.shape, size, most);
  const input = part.x;
  if (!copies || !input || plan.size === 0) return undefined;
  const context: Context = {part, input, copies, plan, outputs: new Map(), changes: []};
  const pass = (x: tf.Tensor, compute: (step: PlannedStep, own: WindowStep) => void) =>
    tf.tidy(() => {
      part.bind(x, weights);
      for (const [storage, {dataId}] of context.outputs) give(storage, dataId);
      runPart(part, part.backend, (step) => {
        const own = plan.get(step);
        if (own) compute(step, own);
        return own !== undefined;
      });
      return part.result();
    });
  try {
    const keepOutput = (step: PlannedStep, own: WindowStep): void => {
      keepWhole(context, step, own);
    };
    pass(base, keepOutput).dispose();
  } catch (error) {
    dispose(context);
    throw error;
  }
  return {
    bytes: 4 * [...context.outputs.values()].reduce((sum, {size: values}) => sum + values, 0),
    run: (x, {top, left, height, width}) => {
      const rows = {from: top, to: top + height};
      const columns = {from: left, to: left + width};
      const regions = new Map<Storage, Region>([[input, {rows, columns}]]);
      return pass(x, (step, own) => {
        tf.tidy(() => {
          if (change(context, own, x, regions)) return;
          refuseWindows(step);
          throw new RefusedStepError(`${step.name} cannot compute a rectangle.`);
        });
      });
    },
    settle: (kept) => {
      settle(context, kept);
    },
    dispose: () => {
      dispose(context);
    },
  };
}

/** Runs a step as it is, and keeps its output. */
function keepWhole({part: {backend}, outputs}: Context, step: PlannedStep, own: WindowStep): void {
  const made = step.run({inputs: copyOf(step.inputs), attrs: step.attrs, backend});
  const tensor = tf.keep(tensorOf(Array.isArray(made) ? at(made, 0) : made));
  give(own.output, tensor.dataId);
  outputs.set(own.output, tensor);
}

/** Computes what changes in the output of a step, and writes it into what is kept of it; `false` where it cannot. */
function change(
  context: Context,
  own: WindowStep,
  x: tf.Tensor,
  regions: Map<Storage, Region>,
): boolean {
  const {copies, outputs, changes} = context;
  const {images, output, rule} = own;
  const inputs = images.flatMap(([, storage]) => regions.get(storage) ?? []);
  const region = regionOf(own, inputs);
  regions.set(output, region);
  const seen = seenBy(own, region);
  const cuts = images.map(
    ([name, storage]) => [name, cut(context, outputs.get(storage) ?? x, seen).tensor] as const,
  );
  const made = rule.run(Object.fromEntries(cuts), {
    ...{height: region.rows.to - region.rows.from, width: region.columns.to - region.columns.from},
    ...{top: seen.rows.before, left: seen.columns.before},
  });
  const tensor = outputs.get(output);
  if (!made || !tensor) return false;
  const place = {tensor, ...region};
  const before = cut(context, tensor, region);
  tf.keep(before.tensor);
  changes.push({before, place});
  copyBlock(copies, {...before, tensor: tensorOf(made)}, place);
  return true;
}

/** A rectangle as a tensor of its own. */
function cut({copies}: Context, tensor: tf.Tensor, {rows, columns}: Region): TensorBlock {
  const [batch = 0, , , channels = 0] = tensor.shape;
  const [height, width] = [rows.to - rows.from, columns.to - columns.from];
  const block = {
    tensor: tensorOf(copies.heap.output([batch, height, width, channels])),
    ...{rows: {from: 0, to: height}, columns: {from: 0, to: width}},
  };
  copyBlock(copies, {tensor, rows, columns}, block);
  return block;
}

function settle({copies, changes}: Context, kept: ReadonlySet<number>): void {
  for (const {before, place} of changes.splice(0)) {
    for (const image of kept) copyBlock(copies, place, before, {from: image, to: image + 1});
    copyBlock(copies, before, place);
    before.tensor.dispose();
  }
}

function dispose({outputs, changes}: Context): void {
  tf.dispose([...outputs.values()]);
  for (const {before} of changes.splice(0)) before.tensor.dispose();
}

// A kernel gives a tensor where it is composed of operations.
const tensorOf = (info: tf.TensorInfo | tf.Tensor): tf.Tensor =>
  'id' in info ? info : tf.engine().makeTensorFromTensorInfo(info);
