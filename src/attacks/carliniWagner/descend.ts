import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Loss} from '../../core/loss';
import {disposeAfter} from '../../core/memory';
import {marginLoss} from '../../losses/marginLoss';
import {latticeProjection} from '../../math/lattice';
import {exampleAxes} from '../../math/perExample';
import {takeRows} from '../../math/rows';
import {
  classesOfRows,
  forEachLive,
  type LiveRows,
  liveRows,
  perRow,
  readRows,
} from '../search/liveRows';
import {type LiveRun, liveRun} from '../search/liveRun';
import {marginOf, predictedClass, rowOf} from '../search/logits';
import {type MinimalNormOutcome, recordIfNearer} from '../search/minimalNorm';
import {noteGradients} from '../search/noteGradients';
import {countedPasses} from '../search/passes';
import type {Problem} from '../search/problem';
import {patienceOf, type PixelSpace, pixelSpace} from './pixelSpace';

/** How one descent goes. */
export interface DescentSettings {
  readonly steps: number;
  readonly learningRate: number;
  readonly confidence: number;
  readonly abortEarly: boolean;
}

/** The tensors of a descent. A type, so that it is a record of tensors. */
type DescentState<I extends tf.Tensor> = {
  readonly center: I;
  /** The unbounded variable, whose tanh the pixels are. */
  readonly u: I;
  /** The pixels at the start: norms are counted from them. */
  readonly start: I;
  readonly goal: tf.Tensor1D;
  /** Adam's running means of the gradient and of its square. */
  readonly mean: I;
  readonly square: I;
};

/**
 * One descent by Adam from the clean inputs, with a trade-off for each example.
 *
 * @param problem - What to break; needs a `clip`.
 * @param settings - How.
 * @param clean - The values of the clean inputs.
 * @param constants - `[batch]` trade-offs c.
 * @param outcome - Where points are recorded, if they are the nearest so far.
 * @returns The examples that were broken.
 * @see Carlini & Wagner 2017, Sec. V.
 */
export async function descend<I extends tf.Tensor>(
  problem: Problem<I>,
  settings: DescentSettings,
  clean: Float32Array,
  constants: Float64Array,
  outcome: MinimalNormOutcome,
): Promise<ReadonlySet<number>> {
  const {x, labels, threat, levels} = problem;
  const space = pixelSpace(threat.clip);
  const passes = countedPasses(problem, outcome);
  const judge = judgeOf(problem, settings, clean, constants, outcome);
  const isFinished = (position: number) =>
    judge.stuck.has(position) || (problem.earlyStop && outcome.points.has(position));
  const loss: Loss = (logits, truth) => marginLoss(logits, truth, {kappa: settings.confidence});
  await liveRun<DescentState<I>>(problem, {
    rows: liveRows(labels.length, isFinished),
    steps: settings.steps,
    isFinished,
    undecided: () => labels.length - outcome.points.size,
    start: (rows) => {
      const all = tf.tensor(space.fromPixels(clean), x.shape) as I;
      const u = takeRows(all, rows.positions);
      return {
        u,
        center: takeRows(x, rows.positions),
        start: space.toPixels(u),
        goal: classesOfRows(rows, labels),
        mean: tf.zerosLike(u),
        square: tf.zerosLike(u),
      };
    },
    step: tryAndMove,
  });
  return judge.found;

  async function tryAndMove(run: LiveRun<DescentState<I>>, step: number): Promise<void> {
    const {rows, state} = run;
    await disposeAfter(async (own) => {
      const {center, start, u, goal} = state;
      const pixels = own(tf.tidy(() => onLevels(space.toPixels(u), center)));
      const squares = own(
        tf.tidy(() => tf.sum(tf.square(tf.sub(pixels, start)), exampleAxes(pixels))),
      );
      const {logits, losses, gradient} = await passes.gradient(rows, pixels, goal, loss);
      own(gradient);
      if (step === 0) await noteGradients(gradient, rows, outcome);
      const norms = await squares.data<'float32'>();
      await judge.look(rows, step, pixels, {logits, losses, squares: norms});
      const weights = own(perRow(rows, constants, x.rank));
      const slope = own(tf.tidy(() => slopeOf(state, {pixels, gradient, weights}, space)));
      run.replace(adam(state, slope, step, settings.learningRate));
    });
  }

  function onLevels(pixels: I, center: I): I {
    if (levels === undefined) return pixels;
    const clip = [space.min, space.max] as const;
    const anywhere = {norm: threat.norm, epsilon: Number.MAX_VALUE, clip};
    return latticeProjection(center, anywhere, levels)(pixels);
  }
}

// The gradient in u of the objective ‖x' − x‖² − c · loss.
function slopeOf<I extends tf.Tensor>(
  {u, start}: DescentState<I>,
  {pixels, gradient, weights}: {pixels: I; gradient: I; weights: tf.Tensor},
  {half}: PixelSpace,
): I {
  const slope = tf.mul(tf.sub(1, tf.square(tf.tanh(u))), half); // of x' in u
  const weighted = tf.mul(gradient, weights);
  return tf.mul<I>(tf.sub(tf.mul(tf.sub(pixels, start), 2), weighted), slope);
}

// A step of Adam; `step` counts them from 0. The caller disposes the result.
function adam<I extends tf.Tensor>(
  {u, mean, square}: DescentState<I>,
  slope: I,
  step: number,
  learningRate: number,
): Pick<DescentState<I>, 'u' | 'mean' | 'square'> {
  return tf.tidy(() => {
    const nextMean = tf.add<I>(tf.mul(mean, 0.9), tf.mul(slope, 0.1));
    const nextSquare = tf.add<I>(tf.mul(square, 0.999), tf.mul(tf.square(slope), 0.001));
    const ratio = tf.div(
      tf.div(nextMean, 1 - 0.9 ** (step + 1)),
      tf.add(tf.sqrt(tf.div(nextSquare, 1 - 0.999 ** (step + 1))), 1e-8),
    );
    const next = tf.sub<I>(u, tf.mul(ratio, learningRate));
    return {u: next, mean: nextMean, square: nextSquare};
  });
}

// What was read about the iterates of a step, by row of the state.
interface Reading {
  readonly logits: Float32Array;
  readonly losses: Float32Array;
  readonly squares: Float32Array;
}

// Records broken examples, and gives up those that make no progress.
function judgeOf<I extends tf.Tensor>(
  problem: Problem<I>,
  {steps, learningRate, confidence, abortEarly}: DescentSettings,
  clean: Float32Array,
  constants: Float64Array,
  outcome: MinimalNormOutcome,
) {
  const {labels, numClasses, threat} = problem;
  const size = clean.length / labels.length;
  const found = new Set<number>();
  const stuck = new Set<number>();
  const patience = patienceOf(clean, labels.length, threat.clip, learningRate);
  const objectives = new Float64Array(labels.length).fill(Infinity); // a tenth of the steps ago
  return {found, stuck, look};

  async function look(rows: LiveRows, step: number, pixels: I, reading: Reading): Promise<void> {
    const nearer: number[] = [];
    forEachLive(rows, (position, row) => {
      if (isBroken(position, row, step, reading)) nearer.push(row);
    });
    const points = await readRows(pixels, nearer);
    points.forEach((point, i) => {
      const position = at(rows.positions, at(nearer, i));
      const center = clean.subarray(position * size, (position + 1) * size);
      recordIfNearer(problem, outcome, position, point, center);
    });
  }

  function isBroken(
    position: number,
    row: number,
    step: number,
    {logits, losses, squares}: Reading,
  ): boolean {
    const scores = rowOf(logits, row, numClasses);
    const truth = at(labels, position);
    const distance = Math.sqrt(at(squares, row));
    // A gradient that is not finite made the iterate NaN: there is nothing more to find.
    if (!Number.isFinite(distance)) {
      stuck.add(position);
      return false;
    }
    const isWrong = predictedClass(scores) !== truth;
    const isFound = isWrong && !(marginOf(scores, truth) > -confidence);
    if (isFound) found.add(position);
    const isLook = step % Math.ceil(steps / 10) === 0 && step >= at(patience, position);
    if (abortEarly && isLook) {
      const objective = distance ** 2 - at(constants, position) * at(losses, row);
      if (!(objective <= 0.9999 * at(objectives, position))) stuck.add(position);
      objectives[position] = objective;
    }
    return isFound;
  }
}
