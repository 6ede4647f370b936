import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Rectangle} from '../core/layers/imageSeries';
import {copyOf, type Storage} from './kernelRecorder';
import {type ForwardPart, give, type PlannedStep, runPart} from './recordedPass';
import {type Block, blocksOn, copyBlock} from './wasm/blocks';
import {
  blocksOf,
  refuseWindows,
  type Region,
  regionOf,
  seenBy,
  type SumsStep,
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
  readonly plan: ReturnType<typeof windowPlan>;
  /** Outputs of planned steps for the images as they are. */
  readonly outputs: Map<Storage, tf.Tensor>;
  /** Sums of dense layers for them. */
  readonly sums: Map<SumsStep, tf.Tensor>;
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
  const context: Context = {
    ...{part, input, copies, plan},
    ...{outputs: new Map(), sums: new Map(), changes: []},
  };
  try {
    pass(context, base, weights, {
      rectangle: (step, own) => {
        keepWhole(context, step, own);
      },
      sums: (own) => keepSums(context, own),
    }).dispose();
  } catch (error) {
    dispose(context);
    throw error;
  }
  return {
    bytes: 4 * kept(context).reduce((sum, {size: values}) => sum + values, 0),
    run: (x, {top, left, height, width}) => {
      const rows = {from: top, to: top + height};
      const columns = {from: left, to: left + width};
      const regions = new Map<Storage, Region>([[input, {rows, columns}]]);
      return pass(context, x, weights, {
        rectangle: (step, own) => {
          tf.tidy(() => {
            if (change(context, own, x, regions)) return;
            refuseWindows(step);
            throw new RefusedStepError(`${step.name} cannot compute a rectangle.`);
          });
        },
        sums: (own) => changeSums(context, own, regions),
      });
    },
    settle: (images) => {
      settle(context, images);
    },
    dispose: () => {
      dispose(context);
    },
  };
}

/** What computes planned steps. */
interface Own {
  readonly rectangle: (step: PlannedStep, own: WindowStep) => void;
  readonly sums: (own: SumsStep) => tf.TensorInfo;
}

function pass(
  {part, plan, outputs}: Context,
  x: tf.Tensor,
  weights: readonly tf.Tensor[],
  own: Own,
): tf.Tensor2D {
  return tf.tidy(() => {
    part.bind(x, weights);
    for (const [storage, {dataId}] of outputs) give(storage, dataId);
    runPart(part, part.backend, (step) => {
      const planned = plan.get(step);
      if (!planned) return undefined;
      if ('sums' in planned) return own.sums(planned);
      own.rectangle(step, planned);
      return 'kept';
    });
    return part.result();
  });
}

const kept = ({outputs, sums}: Context): tf.Tensor[] => [...outputs.values(), ...sums.values()];

/** Computes all sums of a dense layer, and keeps them. */
function keepSums({copies, sums}: Context, own: SumsStep): tf.TensorInfo {
  const tensor = tf.keep(tensorOf(copies.heap.output([...own.sums.shape])));
  sums.set(own, tensor);
  own.sums.sum(tensor, [{from: 0, to: own.sums.shape[1]}]);
  return own.sums.total(tensor);
}

/** Computes the sums that read a rectangle anew, and the output of the layer. */
function changeSums(
  context: Context,
  own: SumsStep,
  regions: ReadonlyMap<Storage, Region>,
): tf.TensorInfo {
  const tensor = context.sums.get(own);
  const region = regions.get(own.images);
  if (!tensor || !region) throw new Error('A dense layer runs before what it reads.');
  const blocks = blocksOf(own, region);
  for (const rows of blocks) {
    const place = {tensor, rows, columns: {from: 0, to: 1}};
    const before = cut(context, tensor, place);
    tf.keep(before.tensor);
    context.changes.push({before, place});
  }
  own.sums.sum(tensor, blocks);
  return own.sums.total(tensor);
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
  const info = rule.run(Object.fromEntries(cuts), {
    ...{height: region.rows.to - region.rows.from, width: region.columns.to - region.columns.from},
    ...{top: seen.rows.before, left: seen.columns.before},
  });
  const made = info && tensorOf(info); // of the scope, whatever throws from here on
  const tensor = outputs.get(output);
  if (!made || !tensor) return false;
  const place = {tensor, ...region};
  const before = cut(context, tensor, region);
  tf.keep(before.tensor);
  changes.push({before, place});
  copyBlock(copies, {...before, tensor: made}, place);
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

function dispose(context: Context): void {
  const {changes} = context;
  tf.dispose(kept(context));
  for (const {before} of changes.splice(0)) before.tensor.dispose();
}

// A kernel gives a tensor where it is composed of operations.
const tensorOf = (info: tf.TensorInfo | tf.Tensor): tf.Tensor =>
  'id' in info ? info : tf.engine().makeTensorFromTensorInfo(info);
