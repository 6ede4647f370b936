import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {type AutoAttackOptions, ensembleSettings} from '../../../src/attacks/autoAttack/autoAttack';
import {evaluateEnsemble} from '../../../src/attacks/autoAttack/evaluateEnsemble';
import {memoryCheckpoints} from '../../../src/core/checkpoint';
import {createRng} from '../../../src/core/rng';
import {soundExamples, soundModel} from '../../support/brokenModels';
import {expectNoLeak, numbers} from '../../support/tensors';

const {x, labels} = soundExamples(6);
afterAll(() => tf.dispose([x, labels]));

const settingsOf = (options: Partial<AutoAttackOptions> = {}) =>
  ensembleSettings('autoAttack', x, labels, {
    ...{epsilon: 0.06, steps: 5, queries: 20, batchSize: 4, rng: createRng(3)},
    ...options,
  });

describe('evaluateEnsemble', () => {
  it('gives the batch only where it is asked for; clean where nothing broke it', async () => {
    await expectNoLeak(async () => {
      const {report, adversarial} = await evaluateEnsemble(soundModel, x, labels, settingsOf());
      expect(adversarial).toBeUndefined();
      expect(report.robustAccuracy).toBeLessThan(1);
    });
    const {report, adversarial} = await evaluateEnsemble(
      ...([soundModel, x, labels, settingsOf({adversarial: true})] as const),
    );
    const [before, after] = [numbers(x), numbers(adversarial as tf.Tensor)];
    report.samples.forEach(({verdict}, row) => {
      const own = (values: number[]) => values.slice(36 * row, 36 * (row + 1));
      if (verdict === 'broken') expect(own(after)).not.toEqual(own(before));
      else expect(own(after)).toEqual(own(before));
    });
    adversarial?.dispose();
  });

  it('predicts in batches; diagnoses unless told not to', async () => {
    const sizes: number[] = [];
    const model = (input: tf.Tensor4D) => {
      sizes.push(input.shape[0]);
      return soundModel(input);
    };
    const options = {attacks: ['apgd-ce'], epsilon: 0, diagnostics: false} as const;
    const {report} = await evaluateEnsemble(model, x, labels, settingsOf(options));
    expect(sizes.slice(0, 2)).toEqual([4, 2]);
    expect(report.diagnostics).toBeNull();
    expect(report.diagnosticCost.forward).toBe(0);
    const looked = await evaluateEnsemble(
      ...([model, x, labels, settingsOf({...options, diagnostics: true})] as const),
    );
    expect(looked.report.diagnostics).toMatchObject({examples: 4, pgd: 1});
  });

  it('reports each batch, and within one at most every quarter of a second', async () => {
    const reports: [string, number][] = [];
    const shares: unknown[] = [];
    const started = performance.now();
    const settings = settingsOf({
      ...{attacks: ['apgd-ce'], steps: 50, diagnostics: false, epsilon: 1e-4},
      onProgress: ({phase, done, metrics}) => {
        reports.push([phase, done]);
        shares.push(metrics);
      },
    });
    const {report} = await evaluateEnsemble(soundModel, x, labels, settings);
    expect(shares.at(-1)).toEqual({clean: report.cleanAccuracy, robust: report.robustAccuracy});
    expect(report.cleanAccuracy).toBe(1);
    const quarters = (performance.now() - started) / 250;
    // Two batches, of four examples and of two.
    const own = reports.filter(([phase]) => phase === 'apgd-ce').map(([, done]) => done);
    expect([...new Set(own)].filter((done) => done > 0)).toEqual([1, 2]);
    expect(own.length).toBeLessThanOrEqual(2 + quarters);
  });

  it.each([
    [['apgd-ce', 'square'], true, 0],
    [['apgd-ce', 'square'], false, null], // not looked at
    [['square'], true, null], // no gradient has missed what it breaks
    [['apgd-ce', 'fab-t'], true, null],
  ] as const)('rechecks what Square breaks after gradients: %j', async (attacks, looks, found) => {
    const checkpoints = memoryCheckpoints();
    const settings = settingsOf({attacks, diagnostics: looks, checkpoints});
    await evaluateEnsemble(soundModel, x, labels, settings);
    expect(await checkpoints.load('autoAttack')).toMatchObject({state: {blackBoxOnly: found}});
  });

  it('starts from a finished state without a pass more than the clean ones', async () => {
    const checkpoints = memoryCheckpoints();
    const settings = settingsOf({checkpoints});
    const {report} = await evaluateEnsemble(soundModel, x, labels, settings);
    let examples = 0;
    const again = await evaluateEnsemble(
      (input) => {
        examples += input.shape[0];
        return soundModel(input);
      },
      ...([x, labels, settings] as const),
    );
    expect(again.report.samples).toEqual(report.samples);
    expect(examples).toBe(6);
  });

  it('goes on with a run of the same settings alone', async () => {
    const checkpoints = memoryCheckpoints();
    const base = {attacks: ['apgd-ce'], epsilon: 1e-3, diagnostics: false, checkpoints} as const;
    const evaluate = (other: Partial<AutoAttackOptions> = {}) =>
      evaluateEnsemble(soundModel, x, labels, settingsOf({...base, ...other}));
    const {report} = await evaluate();
    for (const [other, field] of [
      [{epsilon: 2e-3}, 'epsilon'],
      [{norm: 'l2'}, 'norm'],
      [{clip: [0, 2]}, 'clip'],
      [{earlyStop: false}, 'earlyStop'],
      [{batchSize: 3}, 'batchSize'],
      [{adversarial: true}, 'adversarial'],
      [{steps: 6}, 'steps'],
      [{queries: 21}, 'queries'],
      [{restarts: 2}, 'restarts'],
      [{gradientSamples: 2}, 'gradientSamples'],
      [{diagnostics: true}, 'diagnostics'],
      [{exampleIds: [5, 4, 3, 2, 1, 0]}, 'ids'],
      [{rng: createRng(4)}, 'rng'],
      [{attacks: ['square']}, 'components'],
    ] as const) {
      await expect(evaluate(other), field).rejects.toThrow(
        new RegExp(`the checkpoint under "autoAttack" is of another run: .*${field}`),
      );
    }
    const again = await evaluate();
    expect(again.report.samples).toEqual(report.samples);
  });

  it('refuses logits of another batch, and labels that are no class', async () => {
    await expectNoLeak(() =>
      expect(
        evaluateEnsemble((b) => tf.slice(soundModel(b), 0, 1), x, labels, settingsOf()),
      ).rejects.toThrow(/"model"/),
    );
    const high = tf.tensor1d([0, 1, 2, 3, 4, 0], 'int32');
    await expect(evaluateEnsemble(soundModel, x, high, settingsOf())).rejects.toThrow(
      /"labels" must lie in \[0, 4\): the model has 4 classes, found 4/,
    );
    high.dispose();
  });
});
