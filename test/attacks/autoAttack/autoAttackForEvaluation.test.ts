import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {autoAttack} from '../../../src/attacks/autoAttack/autoAttack';
import {autoAttackForEvaluation} from '../../../src/attacks/autoAttack/autoAttackForEvaluation';
import type {AttackResult} from '../../../src/core/attackResult';
import {identityOf} from '../../../src/core/identity';
import {createRng} from '../../../src/core/rng';
import {arrayDataset} from '../../../src/data/arrayDataset';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';
import {BROKEN_MODELS, soundExamples, soundModel} from '../../support/brokenModels';
import {expectNoLeak, numbers} from '../../support/tensors';

const {x, labels} = soundExamples(12);
afterAll(() => tf.dispose([x, labels]));
const options = {epsilon: 0.05, steps: 10, queries: 40};
const rng = createRng(11);

describe('autoAttackForEvaluation', () => {
  it('gives evaluateRobustness what autoAttack reports, whatever the batches', async () => {
    const dataset = arrayDataset(Float32Array.from(numbers(x)), Int32Array.from(numbers(labels)), {
      shape: [6, 6, 1],
      numClasses: 4,
    });
    const whole = await autoAttack(soundModel, x, labels, {
      ...{...options, rng: rng.fork('aa'), diagnostics: false},
    });
    await expectNoLeak(async () => {
      const report = await evaluateRobustness(soundModel, dataset, {
        ...{attacks: {aa: autoAttackForEvaluation(options)}, batchSize: 5, rng},
        ...{tail: [1, 2]},
      });
      const score = report.attacks.aa;
      expect(score?.accuracy).toBe(whole.robustAccuracy);
      expect(score?.cost).toEqual(whole.cost);
      expect(score?.components?.map(({name}) => name)).toEqual(whole.components.map((c) => c.name));
      score?.components?.forEach((component, i) => {
        const part = whole.components[i];
        expect(component.accuracy).toBeCloseTo(part?.robustAccuracy ?? NaN, 12);
        expect(component.perClass.map((c) => c.accuracy)).toEqual(
          part?.perClass.map((c) => c.robustAccuracy),
        );
        expect(component.cost.forward).toBe(part?.forward);
        expect(component.tail?.classes).toEqual([1, 2]);
      });
      expect(score?.warnings).toEqual(whole.warnings);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    });
  });

  it.each([1, 5, 40])('adds up what is doubtful over batches of %d', async (batchSize) => {
    const {x: images, labels: truth} = soundExamples(40);
    const dataset = arrayDataset(
      Float32Array.from(numbers(images)),
      Int32Array.from(numbers(truth)),
      {shape: [6, 6, 1], numClasses: 4},
    );
    tf.dispose([images, truth]);
    for (const name of ['input rounded to few levels', 'gradients of the wrong sign']) {
      const {model, code} = {code: '', ...BROKEN_MODELS[name]?.make(), ...BROKEN_MODELS[name]};
      const report = await evaluateRobustness(model ?? soundModel, dataset, {
        ...{attacks: {aa: autoAttackForEvaluation({...options, epsilon: 0.06})}, batchSize, rng},
      });
      const codes = report.attacks.aa?.warnings?.map((each) => each.code);
      expect(codes).toContain(code);
      expect(codes).toContain('few-examples');
    }
  });

  it('stops when the evaluation is aborted, within a batch', async () => {
    const dataset = arrayDataset(Float32Array.from(numbers(x)), Int32Array.from(numbers(labels)), {
      shape: [6, 6, 1],
      numClasses: 4,
    });
    const controller = new AbortController();
    let calls = 0;
    const model = (input: tf.Tensor4D) => {
      if (++calls === 30) controller.abort(new Error('enough'));
      return soundModel(input);
    };
    await expectNoLeak(() =>
      expect(
        evaluateRobustness(model, dataset, {
          ...{attacks: {aa: autoAttackForEvaluation(options)}, rng, signal: controller.signal},
        }),
      ).rejects.toThrow('enough'),
    );
    expect(calls).toBeLessThan(35);
  });

  it('looks at the model once, on the first batch', async () => {
    let calls = 0;
    const counting = (input: tf.Tensor4D) => {
      calls++;
      return soundModel(input);
    };
    const attack = autoAttackForEvaluation({epsilon: 1e-4, attacks: ['apgd-ce'], steps: 1, rng});
    const passes = [];
    for (let i = 0; i < 2; i++) {
      calls = 0;
      const result = (await attack(counting, x, labels)) as AttackResult;
      result.adversarial.dispose();
      passes.push(calls);
    }
    expect(passes[1]).toBe(3); // clean, and two of APGD
    expect(passes[0]).toBeGreaterThan(40);
  });

  it('passes warnings on, and needs randomness from somewhere', async () => {
    const probabilities = (input: tf.Tensor4D) => tf.softmax(soundModel(input));
    const attack = autoAttackForEvaluation({epsilon: 0.01, attacks: ['apgd-ce'], steps: 1, rng});
    const result = (await attack(probabilities, x, labels)) as AttackResult;
    result.adversarial.dispose();
    expect(result.warnings?.map(({code}) => code)).toEqual(['probabilities']);
    const without = autoAttackForEvaluation({epsilon: 0.01});
    await expect(async () => without(soundModel, x, labels)).rejects.toThrow(
      'autoAttackForEvaluation: "rng" must be given',
    );
  });

  it('is known by its options, but for what decides no number', async () => {
    const of = (more: object) => identityOf(autoAttackForEvaluation({...options, ...more}));
    const identity = await of({});
    expect(identity).toMatchObject({name: 'autoAttackForEvaluation', epsilon: 0.05});
    const {signal} = new AbortController();
    expect(await of({signal, onProgress: () => undefined})).toEqual(identity);
    for (const more of [{epsilon: 0.06}, {version: 'fast'}, {rng}, {rng: createRng(12)}]) {
      expect(await of(more)).not.toEqual(identity);
    }
    expect(await of({rng: createRng(12)})).not.toEqual(await of({rng}));
  });
});
