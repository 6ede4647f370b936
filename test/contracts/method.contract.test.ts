import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {TrainableClassifier} from '../../src/core/classifier';
import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {atBslTraining} from '../../src/methods/atBslTraining';
import type {UpdateRule} from '../../src/core/updateRule';
import {distillation} from '../../src/methods/distillation';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {sgd} from '../../src/optimizers/sgd';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {seeded, tinyConvNet} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectNoLeak, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const classCounts = [8, 4, 2];
const dataset = cornerDataset(classCounts);
let teacher: layers.LayersModel;

const distilling = (kd: 'igdm' | 'kl-adv' | 'kl-clean-teacher', extra: object = {}) =>
  selfDistillationTraining<Vectors>({
    ...{teacher, classCounts, attack: quickAttack, kd, alpha: 1, ...extra},
  });

type Make = () => TrainingMethod<Vectors>;

// Every method joins by a line: its documented training passes of a step, and how to make it.
const METHODS: Record<string, [passes: number, make: Make]> = {
  natural: [1, () => naturalTraining<Vectors>()],
  'pgd-at': [1, () => pgdTraining({attack: quickAttack})],
  'at-bsl': [1, () => atBslTraining({classCounts, attack: quickAttack})],
  'self-distillation': [2, () => distilling('igdm')],
  'self-distillation, clean pass': [3, () => distilling('igdm', {extraCleanForward: true})],
  'self-distillation, kl-adv': [1, () => distilling('kl-adv')],
  'self-distillation, kl-clean-teacher': [1, () => distilling('kl-clean-teacher')],
};

// Every wrapper joins by a line: the training passes that it adds, and how to wrap.
const WRAPPERS: Record<
  string,
  [passes: number, wrap: (base: TrainingMethod<Vectors>) => TrainingMethod<Vectors>]
> = {
  distillation: [0, (base) => distillation(base, {teacher, weight: 2})],
  'distillation at x': [0, (base) => distillation(base, {teacher, at: 'clean'})],
  matching: [1, (base) => gradientMatching(base, {teacher, alpha: 1})],
  'matching at other inputs': [
    3,
    (base) => gradientMatching(base, {teacher, alpha: 1, beta: 0.5, extraCleanForward: true}),
  ],
  'matching around distillation': [
    1,
    (base) => gradientMatching(distillation(base, {teacher}), {teacher, alpha: 1}),
  ],
  'another update rule': [0, (base) => withUpdateRule(base, () => clipped)],
};

// Gradients cut at 0.1.
const clipped: UpdateRule = ({loss, variables, apply}) => {
  const {value, grads} = tf.variableGrads(loss, [...variables]);
  const cut = Object.entries(grads).map(
    ([name, g]) => [name, tf.clipByValue(g, -0.1, 0.1)] as const,
  );
  apply(Object.fromEntries(cut));
  return value;
};

const COMBINED = ['natural', 'at-bsl'].flatMap((name) =>
  Object.entries(WRAPPERS).map(([wrapper, [added, wrap]]): [string, [number, Make]] => {
    const [passes, make] = METHODS[name] as [number, Make];
    // The clean pass is the one of natural training.
    const shared = name === 'natural' && wrapper === 'matching at other inputs' ? 1 : 0;
    return [`${name}, ${wrapper}`, [passes + added - shared, () => wrap(make())]];
  }),
);

beforeAll(() => {
  teacher = denseNet({seed: 9});
});
afterAll(() => teacher.dispose());

describe.each([...Object.entries(METHODS), ...COMBINED])('%s', (_, [passes, make]) => {
  it('lowers its loss on the batch by one small step', async () => {
    const model = denseNet();
    const method = make();
    const batch = dataset.batch([0, 1, 2, 9, 10, 12, 13]);
    const parts = asTrainableClassifier<Vectors>(model);
    // The same adversarial inputs before and after: the step descends what it prepared.
    const {objective, loss, dispose} = await preparedStep(method, parts, batch);
    const frozen = {...method, objective: () => objective};
    const optimizer = sgd({learningRate: 0.01});
    const before = await trainStep(model, frozen, batch, optimizer);
    expect(loss()).toBeLessThan(numbers(before)[0] as number);
    dispose();
    tf.dispose([before, batch.x, batch.labels]);
    model.dispose();
  });

  it('prepares in inference mode and moves the statistics by its documented passes', async () => {
    const model = denseNet();
    const parts = asTrainableClassifier<Vectors>(model);
    const batch = dataset.batch([0, 1, 9, 13]);
    const start = await bitsOf(model);
    const method = make();
    (await preparedStep(method, parts, batch, {rng: createRng(1)})).dispose();
    expect(await bitsOf(model)).toEqual(start);
    let count = 0;
    const counted: TrainableClassifier<Vectors> = {
      ...parts,
      training: (x) => {
        count++;
        return parts.training(x);
      },
    };
    (await trainStep(counted, method, batch, sgd({learningRate: 0.1}))).dispose();
    expect(count).toBe(passes);
    expect((await bitsOf(model)).slice(-2)).not.toEqual(start.slice(-2));
    tf.dispose({...batch});
    model.dispose();
  });

  it('leaves the batch and the teacher as they are, and leaks nothing', async () => {
    const model = denseNet();
    const batch = dataset.batch([0, 1, 9, 13]);
    const before = [numbers(batch.x), numbers(batch.labels), await bitsOf(teacher)];
    const optimizer = sgd({learningRate: 0.1});
    await expectNoLeak(async () => {
      for (let step = 1; step <= 2; step++) {
        const rng = createRng(1).fork(step);
        (await trainStep(model, make(), batch, optimizer, {rng})).dispose();
      }
    });
    expect([numbers(batch.x), numbers(batch.labels), await bitsOf(teacher)]).toEqual(before);
    tf.dispose({...batch});
    model.dispose();
  });

  it('restores weights and statistics where its last pass throws, and leaks nothing', async () => {
    const model = denseNet();
    const parts = asTrainableClassifier<Vectors>(model);
    const batch = dataset.batch([0, 1, 9, 13]);
    const before = await bitsOf(model);
    let left = passes;
    const failing: TrainableClassifier<Vectors> = {
      ...parts,
      training: (x) => {
        if (--left === 0) throw new Error('no pass');
        return parts.training(x);
      },
    };
    const optimizer = sgd({learningRate: 0.1});
    await expectNoLeak(() =>
      expect(trainStep(failing, make(), batch, optimizer)).rejects.toThrow('no pass'),
    );
    expect(await bitsOf(model)).toEqual(before);
    tf.dispose({...batch});
    model.dispose();
  });

  it('when aborted leaves the model at the last complete step, and leaks nothing', async () => {
    const run = async (signal?: AbortSignal, onProgress?: (at: {done: number}) => void) => {
      const model = denseNet();
      const options = {epochs: 1, batchSize: 4, rng: createRng(5), signal, onProgress};
      const outcome: unknown = await trainWith(model, make(), dataset, options).catch(
        (reason: unknown) => reason,
      );
      const bits = await bitsOf(model);
      model.dispose();
      return {outcome, bits};
    };
    const controller = new AbortController();
    await expectNoLeak(async () => {
      const aborted = await run(controller.signal, ({done}) => {
        if (done === 2) controller.abort(new Error('stop'));
      });
      expect(String(aborted.outcome)).toBe('Error: stop');
      const stopped = await run(undefined, ({done}) => {
        if (done === 2) throw new Error('thrown');
      });
      expect(aborted.bits).toEqual(stopped.bits);
    });
  });

  it('is deterministic, and resumed equals uninterrupted bit for bit', async () => {
    const run = async (options: object = {}) => {
      const model = denseNet();
      try {
        const settings = {epochs: 2, batchSize: 4, rng: createRng(5), ...options};
        const result = await trainWith(model, make(), dataset, settings);
        return [result, await bitsOf(model)];
      } finally {
        model.dispose();
      }
    };
    const whole = await run();
    expect(await run()).toEqual(whole);
    const checkpoints = memoryCheckpoints();
    const onEpoch = () => {
      throw new Error('power cut');
    };
    await expect(run({checkpoints, onEpoch})).rejects.toThrow('power cut');
    expect(await run({checkpoints})).toEqual(whole);
  });

  it('trains a convolutional net', async () => {
    const model = tinyConvNet();
    const convTeacher = tinyConvNet({seed: 2});
    const x = tf.tidy(() => tf.clipByValue(tf.add(seeded<tf.Rank.R4>([4, 8, 8, 1], 3), 0.5), 0, 1));
    const batch = {x: x as tf.Tensor4D, labels: int([0, 1, 2, 0])};
    // The same method on images: only the teacher, where there is one, is another.
    const saved = teacher;
    teacher = convTeacher;
    const method = make() as unknown as TrainingMethod;
    teacher = saved;
    const optimizer = sgd({learningRate: 0.05, momentum: 0.9});
    const losses: number[] = [];
    for (let step = 1; step <= 4; step++) {
      const loss = await trainStep(model, method, batch, optimizer);
      losses.push(numbers(loss)[0] as number);
      loss.dispose();
    }
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    tf.dispose({...batch});
    model.dispose();
    convTeacher.dispose();
    optimizer.dispose();
  });
});
