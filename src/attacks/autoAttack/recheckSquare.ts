import type * as tf from '@tensorflow/tfjs-core';

import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import {runApgd} from '../apgd/apgdAttack';
import {problemOf, type Run} from './run';

/** Number of further starts of the gradient attacks. */
export const RECHECK_RESTARTS = 5;

/**
 * Attacks once more, with gradient attacks from more starts, the examples that only Square broke.
 * Those that break now had been missed by chance. The others suggest masked gradients, and their
 * number goes into the state.
 *
 * @param run - The evaluation, whose component at work is Square.
 */
export async function recheckSquare<I extends tf.Tensor>(run: Run<I>): Promise<void> {
  const {state, settings} = run;
  const rows = state.samples.flatMap(({component}, row) =>
    component === state.component ? [row] : [],
  );
  let left = rows.length;
  const breath = breather(settings.signal);
  const {steps, numTargets, batchSize} = settings;
  for (let start = 0; start < rows.length; start += batchSize) {
    const some = rows.slice(start, start + batchSize);
    const outcome = await disposeAfter((own) => {
      const problem = problemOf(run, 'recheck', some, own, breath);
      return runApgd(
        {...problem, earlyStop: true},
        {
          ...{loss: 'targeted-dlr', restarts: RECHECK_RESTARTS},
          ...{steps, numTargets, gradientSamples: 1},
        },
      );
    });
    left -= outcome.points.size;
    const sum = (counts: Int32Array) => counts.reduce((total, count) => total + count, 0);
    state.diagnosticForward += sum(outcome.forward);
    state.diagnosticBackward += sum(outcome.backward);
  }
  state.blackBoxOnly = left;
}
