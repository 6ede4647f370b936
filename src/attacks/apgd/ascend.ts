import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {isLoss} from '../../core/loss';
import {epsilonAt} from '../../core/threatModel';
import {blendRows} from '../../math/rows';
import {ascentLoss, steepCrossEntropy, steepLosses} from '../search/ascentLoss';
import {livePositions, type LiveRows, readRows} from '../search/liveRows';
import {type LiveRun, liveRun} from '../search/liveRun';
import {noteGradients} from '../search/noteGradients';
import type {Passes} from '../search/passes';
import type {Outcome, Problem} from '../search/problem';
import {wrongRows} from '../search/wrongRows';
import {checkpoints} from './checkpoints';
import {apgdLoss, lossesOf, sampledGradient} from './evaluate';
import type {ApgdSettings} from './settings';
import {type AscentState, initialState, nextIterate} from './state';
import {createStepControl} from './stepControl';

/** What the runs of an attack share. */
export interface AscentContext<I extends tf.Tensor> {
  readonly problem: Problem<I>;
  readonly settings: ApgdSettings;
  readonly passes: Passes<I>;
  readonly outcome: Outcome;
  /** Rows of the problem that were seen broken. */
  readonly fallen: Set<number>;
}

/** One run of {@link ascend}. */
export interface AscentRun {
  /** The examples to attack. */
  readonly rows: LiveRows;
  /** Class to go to, by row of the problem; for the targeted loss only. */
  readonly targets: Int32Array;
  /** Where an example starts, projected into ball and range; `undefined` for the clean input. */
  readonly start: ((position: number) => Float32Array) | undefined;
}

/** A point and its loss, by row of the problem. */
export type BestPoints = Map<number, {readonly loss: number; readonly values: Float32Array}>;

/**
 * One run of APGD from one start. Points that break an example go into the outcome, unless points
 * of the highest loss are wanted: these are returned.
 *
 * @see Croce & Hein 2020, Algorithm 1.
 */
export async function ascend<I extends tf.Tensor>(
  context: AscentContext<I>,
  {rows, targets, start}: AscentRun,
): Promise<BestPoints> {
  const {problem, settings, fallen} = context;
  const {labels, threat} = problem;
  const {steps} = settings;
  const stepSizes = Float64Array.from(labels, (_, position) => 2 * epsilonAt(threat, position));
  const control = createStepControl({...settings, stepSizes});
  const finished = new Set<number>();
  const windows = checkpoints(steps);
  const best: BestPoints = new Map();
  let improved: number[] = []; // at the last evaluation
  await liveRun<AscentState<I>>(problem, {
    rows,
    steps: steps + 1,
    isFinished: (position) => finished.has(position),
    undecided: () => labels.length - fallen.size,
    start: () => initialState(problem, rows, targets, start),
    step: async (run, step) => {
      if (step > 0) {
        keepImproved(run);
        goBack(run, step - 1);
        advance(run, step === 1 ? 1 : settings.momentum);
      }
      const {logits, losses} = await look(context, run, step);
      const record = {logits, targets, finished};
      await recordBroken(context, run, record);
      const observe = step === 0 ? control.start : control.observe;
      improved = livePositions(run.rows).filter(
        (position, row) => losses !== undefined && observe(position, at(losses, row)),
      );
    },
    end: async (run) => {
      if (settings.returns !== 'best-loss') return;
      keepImproved(run);
      const positions = livePositions(run.rows);
      const points = await readRows(run.state.best, [...positions.keys()]);
      positions.forEach((position, i) => {
        best.set(position, {loss: at(control.best, position), values: at(points, i)});
      });
    },
  });
  return best;

  function keepImproved(run: LiveRun<AscentState<I>>): void {
    merge(run, 'best', 'current', improved);
    merge(run, 'bestGradient', 'gradient', improved);
  }

  // Examples whose steps are halved at the end of a window go on from their best points. Their
  // previous points stay as they are, as in AutoAttack's code: the next move is counted from those.
  function goBack(run: LiveRun<AscentState<I>>, step: number): void {
    const window = windows.indexOf(step);
    if (window === -1) return;
    const length = step - (windows[window - 1] ?? 0);
    const back = livePositions(run.rows).filter((position) => control.endWindow(position, length));
    merge(run, 'current', 'best', back);
    merge(run, 'gradient', 'bestGradient', back);
  }

  function advance(run: LiveRun<AscentState<I>>, momentum: number): void {
    const current = nextIterate(problem, run.state, run.rows, control.stepSizes, momentum);
    run.replace({previous: tf.clone(run.state.current), current});
  }
}

type Point = 'current' | 'best' | 'gradient' | 'bestGradient';

// Copies the rows of some examples from one tensor of the state to another.
function merge<I extends tf.Tensor>(
  run: LiveRun<AscentState<I>>,
  to: Point,
  from: Point,
  positions: readonly number[],
): void {
  if (positions.length === 0) return;
  const chosen = new Set(positions);
  const isChosen = Array.from(run.rows.positions, (position) => chosen.has(position));
  run.replace({[to]: blendRows(run.state[from], run.state[to], isChosen)});
}

// Logits and losses at the current points, and gradients. Nothing follows the last ones: they need
// no gradient, nor a loss unless the best point is wanted.
async function look<I extends tf.Tensor>(
  {problem, passes, settings, outcome}: AscentContext<I>,
  run: LiveRun<AscentState<I>>,
  step: number,
): Promise<{logits: Float32Array; losses?: ArrayLike<number>}> {
  const {rows, state} = run;
  const {current, labels} = state;
  const loss = isLoss(settings.loss)
    ? ascentLoss(settings.loss)
    : apgdLoss(settings.loss, () => state.targets);
  const compared = (losses: Float32Array, logits: Float32Array) =>
    loss === steepCrossEntropy
      ? steepLosses(losses, logits, (row) => at(problem.labels, at(rows.positions, row)))
      : losses;
  if (step === settings.steps) {
    const logits = await passes.forward(rows, current);
    if (settings.returns !== 'best-loss') return {logits};
    return {logits, losses: compared(await lossesOf(logits, labels, loss, current), logits)};
  }
  const samples = settings.gradientSamples;
  const evaluation = await sampledGradient(passes, rows, current, labels, loss, samples);
  const {gradient, logits, losses} = evaluation;
  run.replace({gradient});
  if (step === 0) await noteGradients(gradient, rows, outcome);
  return {logits, losses: compared(losses, logits)};
}

async function recordBroken<I extends tf.Tensor>(
  {problem, settings, outcome, fallen}: AscentContext<I>,
  {rows, state}: LiveRun<AscentState<I>>,
  {logits, targets, finished}: {logits: Float32Array; targets: Int32Array; finished: Set<number>},
): Promise<void> {
  const broken = wrongRows(problem, rows, logits);
  const points = settings.returns === 'best-loss' ? [] : await readRows(state.current, broken);
  broken.forEach((row, i) => {
    const position = at(rows.positions, row);
    const point = points[i];
    if (point?.every(Number.isFinite) === false) {
      // The gradient was NaN: the example is not broken, and its search cannot go on.
      outcome.nonFiniteGradient[position] = 1;
      finished.add(position);
      return;
    }
    fallen.add(position);
    if (point === undefined) return;
    outcome.points.set(position, point);
    if (settings.loss === 'targeted-dlr') outcome.targets.set(position, at(targets, position));
    if (problem.earlyStop) finished.add(position);
  });
}
