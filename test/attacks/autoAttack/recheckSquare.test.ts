import type * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {RECHECK_RESTARTS, recheckSquare} from '../../../src/attacks/autoAttack/recheckSquare';
import {BROKEN_MODELS, soundModel} from '../../support/brokenModels';
import {ensembleRun} from '../../support/ensembleRuns';
import {expectNoLeak} from '../../support/tensors';

const SQUARE = 3;

// As after Square, which is said to have broken some of the examples.
function afterSquare(model: (x: tf.Tensor4D) => tf.Tensor2D, epsilon = 0.4) {
  const run = ensembleRun(6, {epsilon, steps: 10, batchSize: 2}, {model});
  run.state.component = SQUARE;
  for (const row of [0, 2, 3]) {
    Object.assign(run.state.samples[row] as object, {verdict: 'broken', component: SQUARE});
  }
  return run;
}

it('leaves nothing of what gradients break, too', async () => {
  const run = afterSquare(soundModel);
  await expectNoLeak(() => recheckSquare(run));
  expect(run.state.blackBoxOnly).toBe(0);
  expect(run.state.diagnosticBackward).toBeGreaterThanOrEqual(3);
  expect(run.state.samples[0]).toMatchObject({verdict: 'broken', component: SQUARE, forward: 1});
  run.dispose();
});

it('leaves all of it where the gradients mislead', async () => {
  const {model, dispose} = BROKEN_MODELS['gradients of the wrong sign']?.make() ?? {
    model: soundModel,
  };
  const run = afterSquare(model, 0.05);
  await recheckSquare(run);
  expect(run.state.blackBoxOnly).toBeGreaterThan(1);
  run.dispose();
  dispose?.();
});

it('gives the gradients five more starts, for every target', async () => {
  // Nothing can be broken within nothing: every start is run to its end.
  const run = afterSquare(soundModel, 1e-6);
  await expectNoLeak(() => recheckSquare(run));
  const [examples, starts, targets, steps] = [3, 5, 3, 10];
  expect(RECHECK_RESTARTS).toBe(starts);
  expect(run.state.blackBoxOnly).toBe(examples);
  expect(run.state.diagnosticBackward).toBe(examples * starts * targets * steps);
  // The last point of each start is looked at, but nothing follows from its gradient.
  expect(run.state.diagnosticForward).toBe(examples * starts * targets * (steps + 1));
  run.dispose();
});

it('stops at the first point that breaks, whatever the evaluation does', async () => {
  const passes = async (earlyStop: boolean) => {
    const run = afterSquare(soundModel);
    await recheckSquare({...run, settings: {...run.settings, earlyStop}});
    run.dispose();
    const {diagnosticForward, diagnosticBackward} = run.state;
    return [diagnosticForward, diagnosticBackward];
  };
  const early = await passes(true);
  expect(early[1]).toBeLessThan(3 * 10);
  expect(await passes(false)).toEqual(early);
});
