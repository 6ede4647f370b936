import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Rectangle} from '../core/layers/imageSeries';
import type {Storage} from './kernelRecorder';
import type {ForwardPart, PlannedStep} from './recordedPass';
import {type DenseSums, denseSums} from './wasm/denseSums';
import {inputsOf, outputsOf, type Run} from './wasm/reach';
import {windowRule, type WindowRule} from './wasm/windowRules';

/** A step of which a rectangle is computed. */
export interface WindowStep {
  readonly rule: WindowRule;
  readonly output: Storage;
  /** The inputs that have places, by name. */
  readonly images: readonly (readonly [string, Storage])[];
}

/** A dense layer of which the sums are computed that read a rectangle. */
export interface SumsStep {
  readonly sums: DenseSums;
  /** `[batch, height, width, channels]` images, of whose values the layer has a row each. */
  readonly images: Storage;
  readonly shape: readonly number[];
}

/** A rectangle of data, its rows and its columns. */
export interface Region {
  readonly rows: Run;
  readonly columns: Run;
}

// A rectangle that is larger, in parts of the whole, is not worth the copies; nor are more sums of a dense layer.
const LARGEST_PART = 0.6;
const MOST_SUMS = 0.5;

const refused = new WeakSet<PlannedStep>();

/** Leaves a step out of all plans from now on. */
export function refuseWindows(step: PlannedStep): void {
  refused.add(step);
}

const union = (runs: readonly Run[]): Run => ({
  from: Math.min(...runs.map(({from}) => from)),
  to: Math.max(...runs.map(({to}) => to)),
});

/** What of the output has other digits when the inputs change. */
export function regionOf({rule}: WindowStep, changed: readonly Region[]): Region {
  return {
    rows: outputsOf(union(changed.map(({rows}) => rows)), rule.rows),
    columns: outputsOf(union(changed.map(({columns}) => columns)), rule.columns),
  };
}

/** The inputs that a region of the output sees, and the zeros before them. */
export function seenBy({rule}: WindowStep, {rows, columns}: Region) {
  return {rows: inputsOf(rows, rule.rows), columns: inputsOf(columns, rule.columns)};
}

/** The blocks of terms that a region is in, as runs apart from each other. */
export function blocksOf(
  {sums: {terms}, shape}: SumsStep,
  {rows, columns}: Region,
): readonly Run[] {
  const [, , width = 0, channels = 0] = shape;
  const runs: Run[] = [];
  for (let row = rows.from; row < rows.to; row++) {
    const first = (row * width + columns.from) * channels;
    const last = (row * width + columns.to) * channels;
    const [from, to] = [Math.floor(first / terms), Math.ceil(last / terms)];
    const before = runs.at(-1);
    if (before && from <= before.to) runs.splice(-1, 1, {from: before.from, to});
    else runs.push({from, to});
  }
  return runs;
}

type Ahead = ReadonlyMap<Storage, readonly Region[]>;

// The regions of its output for each place at which the rectangle may be.
function ahead(step: WindowStep, known: Ahead): readonly Region[] {
  const inputs = step.images.map(([, storage]) => known.get(storage) ?? []);
  return at(inputs, 0).map((_, i) =>
    regionOf(
      step,
      inputs.map((regions) => at(regions, i)),
    ),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

const lengthOf = ({from, to}: Run): number => to - from;

/** How much of an image of `height` rows and `width` columns changes, in the mean over the places. */
const shareOf = (regions: readonly Region[], height: number, width: number): number =>
  (mean(regions.map(({rows}) => lengthOf(rows))) *
    mean(regions.map(({columns}) => lengthOf(columns)))) /
  (height * width);

/** How many sums of a dense layer are computed for a region, in the mean over the places. */
const sumsIn = (step: SumsStep, regions: readonly Region[]): number =>
  mean(
    regions.map((region) => blocksOf(step, region).reduce((sum, run) => sum + lengthOf(run), 0)),
  );

const valuesOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/**
 * The steps of which a rectangle is computed when a rectangle of the input changes, wherever it is: those
 * that it reaches through such steps alone, while it is small beside their outputs. Of a dense layer behind them
 * only some sums are computed.
 *
 * @param part - The pass.
 * @param shape - `[batch, height, width, channels]` of the input.
 * @param size - Of the rectangle.
 * @param most - Bytes that may be kept: the outputs of these steps, and the sums of dense layers.
 */
export function windowPlan(
  {steps, backend, x, logits}: ForwardPart,
  shape: readonly number[],
  size: Pick<Rectangle, 'height' | 'width'>,
  most = Infinity,
): ReadonlyMap<PlannedStep, WindowStep | SumsStep> {
  const planned = new Map<PlannedStep, WindowStep | SumsStep>();
  const [, height = 0, width = 0] = shape;
  if (!x || shape.length !== 4) return planned;
  // Rows and columns do not depend on each other, so that as many places as the longer axis has are enough.
  const places = Math.max(height - size.height, width - size.width) + 1;
  const known = new Map<Storage, readonly Region[]>();
  const run = (length: number, total: number, place: number): Run => {
    const from = Math.min(place, total - length);
    return {from, to: from + length};
  };
  known.set(
    x,
    Array.from({length: places}, (_, i) => ({
      rows: run(size.height, height, i),
      columns: run(size.width, width, i),
    })),
  );
  const shapes = new Map<Storage, readonly number[]>([[x, shape]]);
  let bytes = 0;
  for (const step of steps) {
    if (refused.has(step)) continue;
    const dense = denseStep(step, {steps, backend}, shapes);
    if (dense) {
      const more = 4 * valuesOf(dense.sums.shape);
      const share = sumsIn(dense, known.get(dense.images) ?? []) / dense.sums.shape[1];
      if (share > MOST_SUMS || bytes + more > most) continue;
      bytes += more;
      planned.set(step, dense);
      continue;
    }
    const rule = windowRule(step, backend);
    const output = at(step.outputs, 0);
    if (!rule || output === logits.storage) continue;
    const images = imagesOf(step, rule, shapes);
    if (!images) continue;
    const own = {rule, output, images};
    const regions = ahead(own, known);
    const share = shareOf(regions, rule.rows.outputs, rule.columns.outputs);
    // The first shape of data is the one that the kernel gave them.
    const made = at(output.slots, 0).shape;
    const more = 4 * valuesOf(made);
    if (share > LARGEST_PART || bytes + more > most) continue;
    bytes += more;
    known.set(output, regions);
    shapes.set(output, made);
    planned.set(step, own);
  }
  return planned;
}

// All of them must be known by rectangles, as images and in no other shape.
function imagesOf(
  {inputs}: PlannedStep,
  {images}: WindowRule,
  shapes: ReadonlyMap<Storage, readonly number[]>,
): WindowStep['images'] | undefined {
  const found: (readonly [string, Storage])[] = [];
  for (const [name, slot] of Object.entries(inputs)) {
    if (!slot || !images.includes(name)) continue;
    const storage = [...shapes.keys()].find(({slots}) => slots.includes(slot));
    const isKnown = storage && shapes.get(storage)?.join() === slot.shape.join();
    if (!isKnown || slot.dtype !== 'float32') return undefined;
    found.push([name, storage]);
  }
  return found.length > 0 ? found : undefined;
}

/** A dense layer of images that are known by rectangles, whose weights no step makes. */
function denseStep(
  step: PlannedStep,
  {steps, backend}: Pick<ForwardPart, 'steps' | 'backend'>,
  shapes: ReadonlyMap<Storage, readonly number[]>,
): SumsStep | undefined {
  const sums = denseSums(step, backend);
  if (!sums) return undefined;
  const isOf = (slot: tf.Tensor) => (storage: Storage) => storage.slots.includes(slot);
  const images = [...shapes.keys()].find(isOf(sums.input));
  const shape = images && shapes.get(images);
  const made = [...shapes.keys(), ...steps.flatMap(({outputs}) => outputs)];
  if (!images || shape?.[0] !== sums.shape[0]) return undefined;
  return sums.weights.some((slot) => made.some(isOf(slot))) ? undefined : {sums, images, shape};
}
