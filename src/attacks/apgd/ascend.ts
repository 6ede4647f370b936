import * as tf from '@tensorflow/tfjs-core';

import {isLoss} from '../../core/loss';
import {blendRows} from '../../math/rows';
import {gatherRows, type LiveRows, readRows, withoutDecided} from '../search/liveRows';
import {predictedClass, rowOf} from '../search/logits';
import type {Passes} from '../search/passes';
import type {Outcome, Problem} from '../search/problem';
import {checkpoints} from './checkpoints';
import {apgdLoss, lossesOf, noteGradients, sampledGradient} from './evaluate';
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
  /** Where an example starts, brought into ball and range; `undefined` for the clean input. */
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
  const {problem, settings, passes, outcome, fallen} = context;
  const {labels, numClasses} = problem;
  const {steps} = settings;
  const wantsBest = settings.returns === 'best-loss';
  const windows = checkpoints(steps);
  const control = createStepControl({...settings, stepSizes: firstStepSizes(problem)});
  const gone = new Set<number>();
  let live = rows;
  let state = initialState(problem, live, targets, start);
  const loss = isLoss(settings.loss) ? settings.loss : apgdLoss(settings.loss, () => state.targets);
  try {
    for (let step = 0; step <= steps; step++) {
      await problem.pause(labels.length - fallen.size);
      if (step > 0) advance(step === 1 ? 1 : settings.momentum);
      const {logits, losses} = await look(step);
      await recordBroken(logits);
      if (losses === undefined) break;
      const improved = eachLive().filter((position, row) =>
        (step === 0 ? control.start : control.observe)(position, losses[row] as number),
      );
      if (!letGo()) break;
      merge('best', 'current', improved);
      merge('bestGradient', 'gradient', improved);
      const window = windows.indexOf(step);
      if (window === -1) continue;
      // Those whose steps are halved go on from their best points. Where they were before stays as
      // it is, as in AutoAttack's code: their next move is counted from there.
      const length = step - (windows[window - 1] ?? 0);
      const back = eachLive().filter((position) => control.endWindow(position, length));
      merge('current', 'best', back);
      merge('gradient', 'bestGradient', back);
    }
    return await bestPoints();
  } finally {
    tf.dispose(state);
  }

  function eachLive(): number[] {
    return Array.from(live.positions.subarray(0, live.live));
  }

  function put(changed: Partial<AscentState<I>>): void {
    for (const name of Object.keys(changed) as (keyof AscentState<I>)[]) state[name].dispose();
    state = {...state, ...changed};
  }

  function advance(momentum: number): void {
    const current = nextIterate(problem, state, live, control.stepSizes, momentum);
    put({previous: tf.clone(state.current), current});
  }

  type Point = 'current' | 'best' | 'gradient' | 'bestGradient';

  // Copies the rows of some examples from one tensor of the state to another.
  function merge(to: Point, from: Point, positions: readonly number[]): void {
    if (positions.length === 0) return;
    const chosen = new Set(positions);
    const isChosen = Array.from(live.positions, (position) => chosen.has(position));
    put({[to]: blendRows(state[from], state[to], isChosen)});
  }

  // Logits and losses at the current points, and gradients. Nothing follows the last ones: they
  // need no gradient, nor a loss unless the best point is wanted.
  async function look(step: number): Promise<{logits: Float32Array; losses?: Float32Array}> {
    if (step === steps) {
      const logits = await passes.forward(live, state.current);
      if (!wantsBest) return {logits};
      return {logits, losses: await lossesOf(logits, state.labels, loss, state.current)};
    }
    const {gradient, ...reading} = await sampledGradient(
      passes,
      live,
      state.current,
      state.labels,
      loss,
      settings.gradientSamples,
    );
    put({gradient});
    if (step === 0) await noteGradients(gradient, live, outcome);
    return reading;
  }

  async function recordBroken(logits: Float32Array): Promise<void> {
    const positions = eachLive();
    const broken = positions.flatMap((position, row) =>
      predictedClass(rowOf(logits, row, numClasses)) === labels[position] ? [] : [row],
    );
    const points = wantsBest ? [] : await readRows(state.current, broken);
    broken.forEach((row, i) => {
      const position = positions[row] as number;
      const point = points[i];
      if (point?.every(Number.isFinite) === false) {
        // The gradient was NaN: that breaks nothing, and there is no way on.
        outcome.nonFinite[position] = 1;
        gone.add(position);
        return;
      }
      fallen.add(position);
      if (point === undefined) return;
      outcome.points.set(position, point);
      if (settings.loss === 'targeted-dlr') {
        outcome.targets.set(position, targets[position] as number);
      }
      if (problem.earlyStop) gone.add(position);
    });
  }

  // Lets the decided go; whether anyone stays.
  function letGo(): boolean {
    const next = withoutDecided(live, (position) => gone.has(position));
    if (next === undefined) return true;
    live = next.rows;
    if (live.live > 0) state = gatherRows(state, next.from);
    return live.live > 0;
  }

  async function bestPoints(): Promise<BestPoints> {
    const positions = wantsBest ? eachLive() : [];
    const values = await readRows(
      state.best,
      positions.map((_, row) => row),
    );
    return new Map(
      positions.map((position, i) => [
        position,
        {loss: control.best[position] as number, values: values[i] as Float32Array},
      ]),
    );
  }
}

const firstStepSizes = ({
  threat: {epsilon},
  labels,
}: Pick<Problem<tf.Tensor>, 'threat' | 'labels'>) =>
  Float64Array.from(
    labels,
    (_, position) => 2 * (typeof epsilon === 'number' ? epsilon : (epsilon[position] as number)),
  );
