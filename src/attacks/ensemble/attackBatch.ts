import * as tf from '@tensorflow/tfjs-core';

import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import {threatOf} from '../verdict/attackVerdicts';
import {rowOf} from '../verdict/logits';
import type {Outcome, Problem} from '../verdict/problem';
import {verifiedPoints} from '../verdict/verifiedPoints';
import type {Component} from './components';
import type {Run} from './run';
import type {EnsembleState} from './state';

/**
 * Runs one part on one batch of the examples that are still robust, verifies what it found, and
 * notes it in the state; if anything fails before that, the state is as it was.
 */
export async function attackBatch<I extends tf.Tensor>(
  run: Run<I>,
  {name, run: search}: Component<I>,
  rows: readonly number[],
  report: (now: boolean) => Promise<void>,
): Promise<void> {
  const {classify, x, labels, logits, numClasses, settings, state} = run;
  const started = performance.now();
  const breath = breather(settings.signal);
  settings.signal?.throwIfAborted();
  await disposeAfter(async (own) => {
    const problem: Problem<I> = {
      where: `${settings.where} (${name})`,
      model: classify,
      x: own(tf.tidy(() => tf.gather(x, tf.tensor1d([...rows], 'int32')))),
      labels: Int32Array.from(rows, (row) => labels[row] as number),
      logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
      numClasses,
      threat: threatOf(settings, rows),
      levels: settings.quantize,
      ids: Int32Array.from(rows, (row) => settings.exampleIds?.[row] ?? row),
      rng: settings.rng.fork(name),
      earlyStop: settings.earlyStop,
      pause: async () => {
        await breath();
        await report(false);
      },
    };
    const outcome = await search(problem);
    const verified = await verifiedPoints(problem, outcome);
    // From here on nothing can fail: the state changes as a whole.
    record(state, rows, outcome);
    state.unconfirmed += name in OURS ? outcome.points.size - verified.size : 0;
    for (const [position, {values, distance, prediction}] of verified) {
      const row = rows[position] as number;
      Object.assign(state.samples[row] as object, {
        verdict: 'broken',
        component: state.component,
        target: outcome.targets.get(position) ?? -1,
        prediction,
        distance,
      });
      if (settings.adversarial) state.points[row] = Array.from(values);
    }
    const part = state.components[state.component];
    if (part !== undefined) part.elapsedMs += performance.now() - started;
  });
}

// Their claims are points that broke the model; a foreign attack claims everything it returns.
const OURS = {'apgd-ce': 1, 'apgd-dlr': 1, 'apgd-t': 1, fab: 1, 'fab-t': 1, square: 1};

function record(state: EnsembleState, rows: readonly number[], outcome: Outcome): void {
  const part = state.components[state.component];
  if (part === undefined) return;
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
    part.forward += forward;
    part.backward += backward;
    part.queries += queries;
    part.zeroGradient += outcome.zeroGradient[position] ?? 0;
    if (outcome.nonFinite[position] === 1 && !state.nonFinite.includes(row)) {
      state.nonFinite.push(row);
    }
  });
}
