import * as tf from '@tensorflow/tfjs-core';

import {gatherRows, type LiveRows, withoutFinished} from './liveRows';
import type {Problem} from './problem';

/** What a step of a search sees and may change. */
export interface LiveRun<S extends tf.NamedTensorMap> {
  /** The examples whose search goes on. */
  readonly rows: LiveRows;
  /** Tensors with a row for each of them. */
  readonly state: Readonly<S>;
  /** Puts tensors into the state; those that they replace are disposed. */
  replace(changed: Readonly<Partial<S>>): void;
}

/** What an attack gives to {@link liveRun}. */
export interface Search<S extends tf.NamedTensorMap> {
  /** The examples that take part. */
  readonly rows: LiveRows;
  /** How many steps there are. */
  readonly steps: number;
  /** Whether the search of an example is over, by row of the problem. Asked after every step. */
  readonly isFinished: (position: number) => boolean;
  /** How many examples of the problem are not broken yet, for the report of progress. */
  readonly undecided: () => number;
  /** The state at the start, a row for each of `rows`. Runs in a `tf.tidy`. */
  readonly start: (rows: LiveRows) => S;
  /** One step on all rows; steps are counted from 0. */
  readonly step: (run: LiveRun<S>, step: number) => Promise<void>;
  /**
   * Moves what the attack keeps by row of the state outside of tensors.
   *
   * @param from - For each row that remains, its row before.
   * @param live - How many of these count.
   */
  readonly compact?: (from: Int32Array, live: number) => void;
  /** Called after the last step if an example remains. */
  readonly end?: (run: LiveRun<S>) => Promise<void>;
}

/**
 * The loop that every search with a verdict runs in: step after step on the examples whose search
 * is not finished. It pauses before each step, drops finished rows after it, and disposes the state
 * when the search ends, throws or is aborted.
 *
 * @param problem - What is attacked.
 * @param search - What the attack does in a step, and when an example is finished.
 */
export async function liveRun<S extends tf.NamedTensorMap>(
  problem: Pick<Problem<tf.Tensor>, 'pause'>,
  {rows, steps, isFinished, undecided, start, step, compact, end}: Search<S>,
): Promise<void> {
  if (rows.live === 0) return;
  const run = {
    rows,
    state: kept(tf.tidy(() => start(rows))),
    replace(changed: Readonly<Partial<S>>) {
      for (const name of Object.keys(changed)) run.state[name]?.dispose();
      run.state = {...run.state, ...kept(changed)};
    },
  };
  try {
    for (let i = 0; i < steps; i++) {
      await problem.pause(undecided());
      await step(run, i);
      const remaining = withoutFinished(run.rows, isFinished);
      if (remaining === undefined) continue;
      run.rows = remaining.rows;
      if (remaining.rows.live === 0) return;
      run.state = kept(gatherRows(run.state, remaining.from));
      compact?.(remaining.from, remaining.rows.live);
    }
    await end?.(run);
  } finally {
    tf.dispose(run.state);
  }
}

// The program may end a scope of its own while a search waits: the state is not part of it.
function kept<T extends object>(state: T): T {
  for (const tensor of Object.values(state)) if (tensor instanceof tf.Tensor) tf.keep(tensor);
  return state;
}
