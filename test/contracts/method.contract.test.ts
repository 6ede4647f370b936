import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {TrainableClassifier} from '../../src/core/classifier';
import {asTrainableClassifier} from '../../src/core/classifier';
import {identityOf} from '../../src/core/identity';
import {createRng} from '../../src/core/rng';
import type {UpdateRule} from '../../src/core/updateRule';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {alpTraining} from '../../src/methods/alpTraining';
import {ardTraining} from '../../src/methods/ardTraining';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {awp} from '../../src/methods/awp';
import {classBudgets} from '../../src/methods/classBudgets';
import {distillation} from '../../src/methods/distillation';
import {fastAt} from '../../src/methods/fastAt';
import {freeAt} from '../../src/methods/freeAt';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {harlTraining} from '../../src/methods/harlTraining';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {martTraining} from '../../src/methods/martTraining';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {robalTraining} from '../../src/methods/robalTraining';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {switchAt} from '../../src/methods/switchAt';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {sgd} from '../../src/optimizers/sgd';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import * as room from '../../src/methods/index';
import {trainStep} from '../../src/training/trainStep';
import {expectListed} from '../support/listed';
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

const attack = quickAttack;
const published = {passes: 'published', attack} as const;

interface Entry {
  /** The public function that the line is of. */
  readonly of?: string;
  /** Documented training passes of a step, those of the attack not counted. */
  readonly passes: number;
  /** Training passes that the attack makes, where it sees that mode. */
  readonly attackPasses?: number;
  /** Whether a step ascends in the inputs too, so that its loss need not fall. */
  readonly ascends?: boolean;
  readonly make: () => TrainingMethod<Vectors>;
}

// Every method joins by a line: its function, how to make it, and its documented training passes of a step.
const METHODS: Record<string, Entry> = {
  natural: {of: 'naturalTraining', passes: 1, make: () => naturalTraining<Vectors>()},
  'pgd-at': {of: 'pgdTraining', passes: 1, make: () => pgdTraining({attack})},
  'at-bsl': {of: 'atBslTraining', passes: 1, make: () => atBslTraining({classCounts, attack})},
  'self-distillation': {of: 'selfDistillationTraining', passes: 2, make: () => distilling('igdm')},
  'self-distillation, clean pass': {
    passes: 3,
    make: () => distilling('igdm', {extraCleanForward: true}),
  },
  'self-distillation, kl-adv': {passes: 1, make: () => distilling('kl-adv')},
  'self-distillation, kl-clean-teacher': {passes: 1, make: () => distilling('kl-clean-teacher')},
  trades: {of: 'tradesTraining', passes: 2, make: () => tradesTraining({attack})},
  'trades, published passes': {passes: 3, make: () => tradesTraining(published)},
  alp: {of: 'alpTraining', passes: 2, make: () => alpTraining({attack})},
  mart: {of: 'martTraining', passes: 2, make: () => martTraining({attack})},
  ard: {
    of: 'ardTraining',
    passes: 1,
    attackPasses: 2,
    make: () => ardTraining({teacher, attack, temperature: 2}),
  },
  'ard, published passes': {
    passes: 2,
    attackPasses: 2,
    make: () => ardTraining({teacher, ...published, temperature: 2}),
  },
  rslad: {of: 'rsladTraining', passes: 2, make: () => rsladTraining({teacher, attack})},
  adaAd: {of: 'adaAdTraining', passes: 1, make: () => adaAdTraining({teacher, attack})},
  'adaAd, both inputs': {passes: 2, make: () => adaAdTraining({teacher, attack, lambda: 0.5})},
  robal: {
    of: 'robalTraining',
    passes: 2,
    make: () => robalTraining({classCounts, attack, scale: 2}),
  },
  'robal, published passes': {
    passes: 4,
    make: () => robalTraining({classCounts, ...published, scale: 2}),
  },
  reat: {of: 'reatTraining', passes: 1, make: () => reatTraining({classCounts, attack})},
  'reat, pairwise': {passes: 1, make: () => reatTraining({classCounts, attack, mode: 'pairwise'})},
  'harl, clean stage': {passes: 1, make: () => harlTraining({attack})},
  harl: {of: 'harlTraining', passes: 1, make: () => harlTraining({attack, cleanEpochs: 0})},
  'harl, published passes': {
    passes: 2,
    make: () => harlTraining({...published, cleanEpochs: 0}),
  },
  ldam: {
    of: 'ldamTraining',
    passes: 1,
    make: () => ldamTraining({classCounts, attack, plainShare: 0}),
  },
  'fast-at': {of: 'fastAt', passes: 1, attackPasses: 1, make: () => fastAt<Vectors>()},
  'free-at': {of: 'freeAt', passes: 3, ascends: true, make: () => freeAt<Vectors>({replays: 3})},
  'switch at epoch 2': {
    passes: 2,
    make: () => switchAt(2, tradesTraining({attack}), reatTraining({classCounts, attack})),
  },
  'class budgets in trades': {
    passes: 2,
    attackPasses: 2,
    make: () =>
      tradesTraining({
        attack: classBudgets({classCounts, steps: 2}),
        attackMode: 'batch-statistics',
      }),
  },
  'distillation around mart': {
    passes: 2,
    make: () => distillation(martTraining({attack}), {teacher}),
  },
  'awp around pgd-at': {passes: 2, make: () => awp(pgdTraining({attack}))},
  'awp around trades': {passes: 4, make: () => awp(tradesTraining({attack}), {gamma: 0.01})},
  'awp around rslad, global': {
    passes: 4,
    make: () => awp(rsladTraining({teacher, attack}), {scaling: 'global'}),
  },
  'awp around reat': {passes: 2, make: () => awp(reatTraining({classCounts, attack}))},
  'awp around the paper with a TRADES base': {
    passes: 6,
    make: () => awp(gradientMatching(tradesTraining({attack}), {teacher, alpha: 20})),
  },
};

const memoryOf = (method: TrainingMethod<Vectors>) => ({current: method.memory?.initial ?? null});

interface Wrapper {
  /** The public function that the line is of. */
  readonly of?: string;
  /** Training passes that it adds to a method of one pass. */
  readonly adds: number;
  readonly wrap: (base: TrainingMethod<Vectors>) => TrainingMethod<Vectors>;
}

// Every wrapper joins by a line: its function, the training passes that it adds, and how to wrap.
const WRAPPERS: Record<string, Wrapper> = {
  distillation: {
    ...{of: 'distillation', adds: 0},
    wrap: (base) => distillation(base, {teacher, weight: 2}),
  },
  'distillation at x': {adds: 0, wrap: (base) => distillation(base, {teacher, at: 'clean'})},
  matching: {
    ...{of: 'gradientMatching', adds: 1},
    wrap: (base) => gradientMatching(base, {teacher, alpha: 1}),
  },
  'matching at other inputs': {
    adds: 3,
    wrap: (base) => gradientMatching(base, {teacher, alpha: 1, beta: 0.5, extraCleanForward: true}),
  },
  'matching around distillation': {
    adds: 1,
    wrap: (base) => gradientMatching(distillation(base, {teacher}), {teacher, alpha: 1}),
  },
  awp: {of: 'awp', adds: 1, wrap: (base) => awp(base)},
  'another update rule': {
    ...{of: 'withUpdateRule', adds: 0},
    wrap: (base) => withUpdateRule(base, () => clipped),
  },
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
  Object.entries(WRAPPERS).map(([wrapper, {adds, wrap}]): [string, Entry] => {
    const base = METHODS[name]!;
    // The clean pass is the one of natural training.
    const shared = name === 'natural' && wrapper === 'matching at other inputs' ? 1 : 0;
    const make = () => wrap(base.make());
    return [`${name}, ${wrapper}`, {...base, passes: base.passes + adds - shared, make}];
  }),
);

beforeAll(() => {
  teacher = denseNet({seed: 9});
});
afterAll(() => teacher.dispose());

it('the tables have every method and wrapper of the room', () => {
  const others = ['attackBatch', 'classBudgetFactors', 'classifierInMode', 'gradientStep'];
  const combining = ['classBudgets', 'switchAt']; // their lines stand among the methods
  const methods = Object.values(METHODS).flatMap(({of = []}) => of);
  const wrappers = Object.values(WRAPPERS).flatMap(({of = []}) => of);
  expectListed(room, [...methods, ...wrappers, ...combining, ...others]);
});

// The tests below wrap two methods; here every one is wrapped, for a step.
describe.each(Object.entries(WRAPPERS))('%s', (_, {wrap}) => {
  it.each(Object.entries(METHODS))('around %s', async (_name, {ascends = false, make}) => {
    const model = denseNet();
    const batch = dataset.batch([0, 1, 2, 9, 10, 12, 13]);
    const parts = asTrainableClassifier<Vectors>(model);
    const start = await bitsOf(model);
    await expectNoLeak(async () => {
      const [base, method] = [make(), wrap(make())];
      expect(await identityOf(method)).not.toEqual(await identityOf(base));
      const rng = createRng(3);
      const {objective, loss, dispose} = await preparedStep(method, parts, batch, {rng});
      const before = loss();
      const frozen = {...method, objective: () => objective};
      const optimizer = sgd({learningRate: 0.003});
      const memory = memoryOf(method);
      const found = await trainStep(model, frozen, batch, optimizer, {memory});
      expect(numbers(found).every(Number.isFinite)).toBe(true);
      if (!ascends) expect(loss()).toBeLessThan(before);
      dispose();
      tf.dispose(found);
      optimizer.dispose();
    });
    const end = await bitsOf(model);
    end.forEach((bits, i) => expect(bits).not.toEqual(start[i])); // weights, and statistics
    tf.dispose({...batch});
    model.dispose();
  });
});

describe.each([...Object.entries(METHODS), ...COMBINED])('%s', (_, entry) => {
  const {passes, attackPasses = 0, ascends = false, make} = entry;

  it.skipIf(ascends)('lowers its loss on the batch by one small step', async () => {
    const model = denseNet();
    const method = make();
    const batch = dataset.batch([0, 1, 2, 9, 10, 12, 13]);
    const parts = asTrainableClassifier<Vectors>(model);
    // The same adversarial inputs before and after: the step descends what it prepared.
    const {objective, loss, dispose} = await preparedStep(method, parts, batch);
    const frozen = {...method, objective: () => objective};
    const optimizer = sgd({learningRate: 0.01});
    const memory = memoryOf(method);
    const before = await trainStep(model, frozen, batch, optimizer, {memory});
    expect(loss()).toBeLessThan(numbers(before)[0] as number);
    dispose();
    tf.dispose([before, batch.x, batch.labels]);
    model.dispose();
  });

  it('moves the statistics by its documented passes, and by no others', async () => {
    const model = denseNet();
    const parts = asTrainableClassifier<Vectors>(model);
    const batch = dataset.batch([0, 1, 9, 13]);
    const start = await bitsOf(model);
    const method = make();
    let count = 0;
    const counted: TrainableClassifier<Vectors> = {
      ...parts,
      training: (x) => {
        count++;
        return parts.training(x);
      },
    };
    (await preparedStep(method, counted, batch, {rng: createRng(1)})).dispose();
    expect(count).toBe(attackPasses);
    if (count === 0) expect(await bitsOf(model)).toEqual(start);
    count = 0;
    const optimizer = sgd({learningRate: 0.1});
    const memory = memoryOf(method);
    (await trainStep(counted, method, batch, optimizer, {memory})).dispose();
    expect(count).toBe(passes + attackPasses);
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
      const method = make();
      const memory = memoryOf(method);
      for (let step = 1; step <= 2; step++) {
        const rng = createRng(1).fork(step);
        (await trainStep(model, method, batch, optimizer, {rng, memory})).dispose();
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
    let left = passes + attackPasses;
    const failing: TrainableClassifier<Vectors> = {
      ...parts,
      training: (x) => {
        if (--left === 0) throw new Error('no pass');
        return parts.training(x);
      },
    };
    const optimizer = sgd({learningRate: 0.1});
    const method = make();
    const memory = memoryOf(method);
    await expectNoLeak(() =>
      expect(trainStep(failing, method, batch, optimizer, {memory})).rejects.toThrow('no pass'),
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

  it('has an identity: its name, and what it was made of', async () => {
    const [first, second] = [await identityOf(make()), await identityOf(make())];
    expect(first).toMatchObject({name: expect.stringMatching(/^[a-z]/i) as string});
    expect(second).toEqual(first);
    // Only update rules and attacks of the test's own are told by their source.
    expect(JSON.stringify(first)).not.toMatch(/function objective/);
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
    const memory = {current: method.memory?.initial ?? null};
    for (let step = 1; step <= 4; step++) {
      const loss = await trainStep(model, method, batch, optimizer, {memory});
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
