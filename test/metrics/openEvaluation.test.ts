import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {EvaluationAttack} from '../../src/core/attack';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {Classifier} from '../../src/core/classifier';
import {isCheckpointMismatchError} from '../../src/core/errors';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import type {EvaluateRobustnessOptions} from '../../src/metrics/prepareEvaluation';
import {onWasm} from '../kernels/support';
import {linearModel} from '../support/models';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;
type Options = EvaluateRobustnessOptions<Vectors>;

const dataset = cornerDataset([9, 7, 5]);
const model = linearModel(
  [
    [4, 0, -1],
    [0, 4, -1],
    [-1, 0, 4],
  ],
  [0, 0.1, 0],
);
const pgd =
  (epsilon: number, steps = 3): EvaluationAttack<Vectors> =>
  (m, x, labels, context) =>
    pgdAttack(m, x, labels, {...context, epsilon, steps});
const apgd: EvaluationAttack<Vectors> = (m, x, labels, context) =>
  apgdAttack(m, x, labels, {...context, epsilon: 0.2, steps: 5});

const options: Options = {
  attacks: {pgd: pgd(0.2), apgd},
  ...{batchSize: 4, rng: createRng(3), predictions: true, strict: true},
};

// Evaluates until a batch is done, then the power goes.
async function cut(after: number, change: Options = {}, classify: Classifier<Vectors> = model) {
  const checkpoints = memoryCheckpoints();
  const onProgress = ({done}: {done: number}) => {
    if (done === after) throw new Error('power cut');
  };
  await expect(
    evaluateRobustness(classify, dataset, {...options, ...change, checkpoints, onProgress}),
  ).rejects.toThrow('power cut');
  return checkpoints;
}

onWasm('an evaluation that goes on with other kernels', () => {
  it('says so', async () => {
    const checkpoints = await cut(3);
    const undo = await registerGradientKernels({simd: 'plain'});
    const report = await evaluateRobustness(model, dataset, {...options, checkpoints}).finally(
      undo,
    );
    expect(report.computedOn).toEqual(['wasm, composed kernels', 'wasm, plain SIMD kernels']);
  });
});

describe('an evaluation with checkpoints', () => {
  it.each([1, 3, 6])('goes on after batch %i as if never stopped', async (after) => {
    const whole = await evaluateRobustness(model, dataset, options);
    const checkpoints = await cut(after);
    await expectNoLeak(async () => {
      const report = await evaluateRobustness(model, dataset, {...options, checkpoints});
      expect(report).toEqual(whole);
    });
    expect(whole.attacks['apgd']?.cost?.backward).toBeGreaterThan(0);
  });

  it('goes on with another batch size, other groups and a tail', async () => {
    const change = {batchSize: 5, tail: [2], groups: {head: [0, 1]}};
    const whole = await evaluateRobustness(model, dataset, {...options, ...change});
    const checkpoints = await cut(2);
    const report = await evaluateRobustness(model, dataset, {...options, ...change, checkpoints});
    expect(report).toEqual(whole);
  });

  it('attacks no example twice, but for the few that tell the attack', async () => {
    const ids: number[] = [];
    const watched: EvaluationAttack<Vectors> = (m, x, labels, context) => {
      ids.push(...Array.from(context?.exampleIds ?? []));
      return pgd(0.2)(m, x, labels, context);
    };
    const change = {attacks: {watched}};
    const checkpoints = await cut(3, change); // 12 of 21
    ids.length = 0;
    await evaluateRobustness(model, dataset, {...options, ...change, checkpoints});
    expect(ids).toEqual([0, 1, 2, 3, ...Array.from({length: 9}, (_, i) => 12 + i)]);
  });

  it('takes a layers model, and knows it from one with other weights', async () => {
    const [net, same, other] = [denseNet(), denseNet(), denseNet({seed: 2})];
    const checkpoints = memoryCheckpoints();
    const run = (which: typeof net) =>
      evaluateRobustness<Vectors>(which, dataset, {...options, checkpoints});
    const report = await run(net);
    expect(await run(same)).toEqual(report);
    await expect(run(other)).rejects.toThrow(/is of another run: model was "model/);
    for (const each of [net, same, other]) each.dispose();
  });

  it('goes on with an attack that draws by chance without a seed', async () => {
    let draws = 0;
    const chance: EvaluationAttack<Vectors> = (_, x) => tf.add<Vectors>(x, 0.001 * draws++);
    const change = {attacks: {chance}};
    const checkpoints = await cut(1, change);
    const report = await evaluateRobustness(model, dataset, {...options, ...change, checkpoints});
    expect(report.examples).toBe(21);
  });
});

describe('a checkpoint of another evaluation is refused', () => {
  const shifted = {
    ...dataset,
    batch: (indices: ArrayLike<number>) => {
      const {x, labels} = dataset.batch(indices);
      return tf.tidy(() => ({x: tf.mul<Vectors>(x, 0.9), labels: tf.keep(labels)}));
    },
  };
  const scaled: Classifier<Vectors> = (x) => tf.mul(model(x), 1.01);

  it.each<[string, Options, RegExp]>([
    [
      'epsilon in a closure',
      {attacks: {pgd: pgd(0.1), apgd}},
      /attacks\.pgd on a few examples was/,
    ],
    ['steps in a closure', {attacks: {pgd: pgd(0.2, 1), apgd}}, /attacks\.pgd on a few/],
    ['the attacks', {attacks: {pgd: pgd(0.2)}}, /attacks\.apgd was "function .* and is nothing/],
    ['the seed', {rng: createRng(4)}, /seed was/],
    ['strictness', {strict: false}, /strict was true and is false/],
    ['the examples', {indices: [0, 1, 2, 9, 10]}, /examples was/],
  ])('%s', async (_, change, message) => {
    const checkpoints = await cut(2);
    await expectNoLeak(async () => {
      const error: unknown = await evaluateRobustness(model, dataset, {
        ...{...options, ...change, checkpoints},
      }).catch((reason: unknown) => reason);
      expect(isCheckpointMismatchError(error)).toBe(true);
      expect(String(error)).toMatch(message);
    });
  });

  it('the data, and a function that is another model', async () => {
    const checkpoints = await cut(2, {}, (x) => model(x));
    const run = (classify: Classifier<Vectors>, data = dataset) =>
      evaluateRobustness(classify, data, {...options, checkpoints});
    await expect(run((x) => model(x), shifted)).rejects.toThrow(/sample was/);
    const unseen = memoryCheckpoints();
    const wrapped =
      (inner: Classifier<Vectors>): Classifier<Vectors> =>
      (x) =>
        inner(x);
    await evaluateRobustness(wrapped(model), dataset, {...options, checkpoints: unseen});
    await expect(
      evaluateRobustness(wrapped(scaled), dataset, {...options, checkpoints: unseen}),
    ).rejects.toThrow(/is of another run: model \(first logits on the clean examples\) was/);
  });

  it('and what is no store', async () => {
    await expect(
      evaluateRobustness(model, dataset, {checkpoints: 'folder' as never}),
    ).rejects.toThrow(/evaluateRobustness: "checkpoints" must have load and save/);
  });
});
