import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {forExamples} from '../../core/byExample';
import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import type {Outcome} from '../search/problem';
import {verifiedPoints} from '../search/verifiedPoints';
import type {Component} from './components';
import {problemOf, type Run} from './run';
import type {EnsembleState} from './ensembleState';

/**
 * Runs one component on one batch of the examples that are still robust, verifies what it found, and
 * notes it in the state; if anything fails before that, the state is as it was.
 */
export async function attackBatch<I extends tf.Tensor>(
  run: Run<I>,
  {name, isCustom, run: search}: Component<I>,
  rows: readonly number[],
  report: (now: boolean) => Promise<void>,
): Promise<void> {
  const {settings, state} = run;
  const started = performance.now();
  const breath = breather(settings.signal);
  settings.signal?.throwIfAborted();
  await disposeAfter(async (own) => {
    const problem = problemOf(run, name, rows, own, async () => {
      await breath();
      await report(false);
    });
    const outcome = await search(problem);
    const verified = await verifiedPoints(
      {...problem, model: forExamples(run.classify, rows)},
      outcome,
    );
    // From here on nothing can fail: the state changes as a whole.
    record(state, rows, outcome);
    if (!isCustom) state.unconfirmed += outcome.points.size - verified.size;
    for (const [position, {values, distance, prediction}] of verified) {
      const row = at(rows, position);
      Object.assign(at(state.samples, row), {
        verdict: 'broken',
        component: state.component,
        target: outcome.targets.get(position) ?? -1,
        prediction,
        distance,
      });
      if (settings.adversarial) state.points[row] = Array.from(values);
    }
    const component = state.components[state.component];
    if (component !== undefined) component.elapsedMs += performance.now() - started;
  });
}

function record(state: EnsembleState, rows: readonly number[], outcome: Outcome): void {
  const component = state.components[state.component];
  if (component === undefined) return;
  rows.forEach((row, position) => {
    const sample = state.samples[row];
    if (sample === undefined) return;
    const verification = outcome.points.has(position) ? 1 : 0;
    const forward = (outcome.forward[position] ?? 0) + verification;
    const backward = outcome.backward[position] ?? 0;
    const queries = outcome.queries[position] ?? 0;
    sample.forward += forward;
    sample.backward += backward;
    sample.queries += queries;
    component.forward += forward;
    component.backward += backward;
    component.queries += queries;
    component.zeroGradient += outcome.zeroGradient[position] ?? 0;
    component.nonFiniteGradient += outcome.nonFiniteGradient[position] ?? 0;
    if (outcome.nonFinite[position] === 1 && !state.nonFinite.includes(row)) {
      state.nonFinite.push(row);
    }
  });
}
