import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {diagnose, evidentWarnings} from '../../../src/attacks/autoAttack/diagnose';
import {soundModel} from '../../support/brokenModels';
import {ensembleRun} from '../../support/ensembleRuns';
import {expectNoLeak} from '../../support/tensors';

describe('diagnose', () => {
  it('looks at no more than a batch, and attacks what is right in it', async () => {
    let examples = 0;
    const run = ensembleRun(
      ...([
        8,
        {batchSize: 5, epsilon: 1e-4},
        {
          ...{wrong: [1, 6]},
          model: (x: tf.Tensor4D) => {
            examples += x.shape[0];
            return soundModel(x);
          },
        },
      ] as const),
    );
    await expectNoLeak(() => diagnose(run));
    const {baseline, warnings, diagnosticForward, diagnosticBackward} = run.state;
    expect(warnings).toEqual([]);
    expect(baseline).toEqual({pgd: 1, scaledPgd: 1, rows: [0, 2, 3, 4]});
    // Five predictions with the clean one, the last by halves; PGD-20 twice on four examples.
    expect(diagnosticForward).toBe(5 * 5 + 2 * 21 * 4);
    expect(diagnosticForward).toBe(examples);
    expect(diagnosticBackward).toBe(2 * 20 * 4);
    run.dispose();
  });

  it('looks at a hundred examples at most', async () => {
    const run = ensembleRun(103, {batchSize: 103, epsilon: 1e-4});
    await diagnose(run);
    expect(run.state.baseline?.rows).toEqual(Array.from({length: 100}, (_, row) => row));
    expect(run.state.diagnosticForward).toBe(5 * 100 + 2 * 21 * 100);
    run.dispose();
  });

  it('attacks nothing where nothing is right', async () => {
    const run = ensembleRun(2, {}, {wrong: [0, 1]});
    await diagnose(run);
    expect(run.state.baseline).toBeNull();
    expect(run.state.diagnosticBackward).toBe(0);
    run.dispose();
  });

  it('stops between its parts when aborted', async () => {
    const controller = new AbortController();
    let calls = 0;
    const run = ensembleRun(
      ...([
        4,
        {signal: controller.signal},
        {
          model: (x: tf.Tensor4D) => {
            if (++calls === 2) controller.abort(new Error('enough'));
            return soundModel(x);
          },
        },
      ] as const),
    );
    await expectNoLeak(() => expect(diagnose(run)).rejects.toThrow('enough'));
    expect(run.state.baseline).toBeNull();
    run.dispose();
  });

  it('lets an abort through between the steps of PGD', async () => {
    const controller = new AbortController();
    let calls = 0;
    const run = ensembleRun(
      ...([
        4,
        {signal: controller.signal},
        {
          model: (x: tf.Tensor4D) => {
            if (++calls === 12) controller.abort(new Error('enough'));
            return soundModel(x);
          },
        },
      ] as const),
    );
    await expectNoLeak(() => expect(diagnose(run)).rejects.toThrow('enough'));
    expect(calls).toBe(12);
    run.dispose();
  });
});

describe('evidentWarnings', () => {
  it('says that APGD-T is not the published one for two or three classes', () => {
    for (const numClasses of [2, 3, 4]) {
      const run = ensembleRun(2);
      const few = {...run, numClasses, logits: run.logits.filter((_, i) => i % 4 < numClasses)};
      expect(evidentWarnings(few).map(({code}) => code)).toEqual(
        numClasses < 4 ? ['dlr-variant'] : [],
      );
      run.dispose();
    }
  });

  it('sees probabilities', () => {
    const run = ensembleRun(2);
    const few = {...run, logits: Float32Array.of(0.5, 0.25, 0.25, 0, 1, 0, 0, 0)};
    expect(evidentWarnings(few).map(({code}) => code)).toEqual(['probabilities']);
    run.dispose();
  });
});
