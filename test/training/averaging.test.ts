import {readFile} from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import {asTrainableClassifier} from '../../src/core/classifier';
import type {Dataset} from '../../src/core/dataset';
import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import {
  checkAveraging,
  createAverage,
  type Average,
  type Averaging,
} from '../../src/training/averaging';
import {captureModelState, type ModelState} from '../../src/training/trainerState';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

// test/golden/averaging-torch.json, as test/reference/averaging_torch.py writes it.
interface Fixture {
  readonly settings: Readonly<
    Record<
      'batch' | 'epochs' | 'learningRate' | 'momentum' | 'weightDecay' | 'decay' | 'swaFrom',
      number
    >
  >;
  readonly x: readonly number[][];
  readonly labels: readonly number[];
  readonly initial: readonly {readonly shape: number[]; readonly values: number[]}[];
  readonly raw: readonly {readonly values: number[]}[];
  readonly ema: readonly {readonly values: number[]}[];
  readonly swa: readonly {readonly values: number[]}[];
}

const path = new URL('../golden/averaging-torch.json', import.meta.url);
const fixture = JSON.parse(await readFile(path, 'utf8')) as Fixture;

// The fixture's training with one kind of averaging: the state that it scores.
async function followed(averaging: Averaging): Promise<ModelState> {
  const {batch, epochs, learningRate, momentum, weightDecay} = fixture.settings;
  const net = denseNet();
  const weights = fixture.initial.map(({shape, values}) => tf.tensor(values, shape));
  net.setWeights(weights);
  tf.dispose(weights);
  const dataset: Dataset<Vectors> = {
    numClasses: 3,
    labels: Int32Array.from(fixture.labels),
    batch: (indices) => ({
      x: tf.tensor2d(Array.from(indices, (i) => fixture.x[i] as number[])),
      labels: int(Array.from(indices, (i) => fixture.labels[i] as number)),
    }),
  };
  const all = fixture.labels.map((_label, i) => i);
  const batches = () =>
    all.filter((i) => i % batch === 0).map((first) => all.slice(first, first + batch));
  const {last} = await trainWith(net, naturalTraining<Vectors>(), dataset, {
    ...{epochs, batches, averaging, rng: createRng(0), bnVariance: 'unbiased'},
    optimizer: () => sgd({learningRate, momentum, weightDecay}),
  });
  net.dispose();
  return last.state;
}

const expectStates = ({variables, statistics}: ModelState, golden: Fixture['raw']) => {
  const values = [...variables, ...statistics].map((state) => state.values);
  expect(values.length).toBe(golden.length);
  values.forEach((actual, i) => expectClose(actual, golden[i]?.values ?? [], 1e-5));
};

describe('averaging follows torch.optim.swa_utils', () => {
  const {decay, swaFrom} = fixture.settings;

  it('without averaging', async () => {
    expectStates(await followed('none'), fixture.raw);
  });

  it('an exponential moving average of weights and statistics', async () => {
    expectStates(await followed({ema: decay}), fixture.ema);
  });

  it('stochastic weight averaging with update_bn', async () => {
    expectStates(await followed({swaFrom}), fixture.swa);
  });
});

const dataset = cornerDataset([9, 5, 3]);
const jitter = (x: Vectors, rng: {uniform(): number}) =>
  tf.add<Vectors>(x, 0.1 * (rng.uniform() - 0.5));

const KINDS: readonly (readonly [string, Averaging])[] = [
  ['ema', {ema: 0.7}],
  ['ema, recomputed', {ema: 0.7, statistics: 'recomputed'}],
  ['swa', {swaFrom: 2}],
  ['swa from the last epoch', {swaFrom: 4}],
  ['swa, averaged statistics', {swaFrom: 2, statistics: 'averaged'}],
];

async function run(averaging: Averaging, options: object = {}) {
  const model = denseNet();
  const seen: number[] = [];
  try {
    const result = await trainWith(model, pgdTraining({attack: quickAttack}), dataset, {
      ...{epochs: 4, batchSize: 5, rng: createRng(11), averaging, augment: jitter},
      selectBy: 'score',
      evaluate: (net) => {
        const [score = NaN] = tf.tidy(() => numbers(tf.mean(tf.square(net(tf.ones([1, 3]))))));
        seen.push(score);
        return {score};
      },
      ...options,
    });
    return {result, bits: await bitsOf(model), seen};
  } finally {
    model.dispose();
  }
}

const bitsOfState = ({variables, statistics}: ModelState) =>
  [...variables, ...statistics].map(({values}) => [...values]);

describe.each(KINDS)('train with averaging: %s', (_name, averaging) => {
  it.each([1, 2, 4])('goes on after epoch %i as if never stopped', async (stop) => {
    const whole = await run(averaging);
    const checkpoints = memoryCheckpoints();
    const onEpoch = ({epoch}: {epoch: number}) => {
      if (epoch === stop) throw new Error('power cut');
    };
    await expectNoLeak(() =>
      expect(run(averaging, {checkpoints, onEpoch})).rejects.toThrow('power cut'),
    );
    const {result, bits} = await run(averaging, {checkpoints});
    expect({result, bits}).toEqual({result: whole.result, bits: whole.bits});
  });

  it('leaves the model in the last state, which is what was scored', async () => {
    const {result, bits, seen} = await run(averaging);
    expect(bitsOfState(result.last.state)).toEqual(bits);
    expect(result.history.map(({metrics}) => metrics['score'])).toEqual(seen);
    const raw = await run('none');
    // Only what is scored differs: the raw weights go on training.
    expect(result.history.map(({loss}) => loss)).toEqual(raw.result.history.map(({loss}) => loss));
    expect(seen).not.toEqual(raw.seen);
  });

  it('is part of the identity of a training', async () => {
    const checkpoints = memoryCheckpoints();
    await run(averaging, {checkpoints});
    await expect(run('none', {checkpoints})).rejects.toThrow(/averaging was .* and is nothing/);
  });

  it('can be prolonged', async () => {
    const checkpoints = memoryCheckpoints();
    const short = await run(averaging, {checkpoints, epochs: 3, schedule: undefined});
    expect(short.result.last.epoch).toBe(3);
    const {result} = await run(averaging, {checkpoints});
    expect(result.last).toEqual((await run(averaging)).result.last);
  });

  it('puts the raw weights back when the evaluation throws, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const model = denseNet();
      const failing = trainWith(model, naturalTraining<Vectors>(), dataset, {
        ...{epochs: 4, batchSize: 5, rng: createRng(11), averaging},
        evaluate: (_net, {epoch}) => {
          if (epoch === 4) throw new Error('no');
          return {};
        },
      });
      await expect(failing).rejects.toThrow('no');
      const plain = denseNet();
      await trainWith(plain, naturalTraining<Vectors>(), dataset, {
        ...{epochs: 4, batchSize: 5, rng: createRng(11)},
      });
      expect(await bitsOf(model)).toEqual(await bitsOf(plain));
      model.dispose();
      plain.dispose();
    });
  });
});

it('a mean that nothing entered yet leaves the scored weights raw', async () => {
  const late = await run({swaFrom: 9});
  const raw = await run('none');
  expect({...late.result, bits: late.bits}).toEqual({...raw.result, bits: raw.bits});
});

describe('createAverage', () => {
  // What a number that takes these values averages to.
  async function averageOf(
    averaging: Averaging,
    values: readonly number[],
    after: (average: Average, epoch: number) => void,
  ): Promise<number> {
    const weight = tf.variable(tf.scalar(0));
    const model = {
      ...asTrainableClassifier<Vectors>({
        ...{inference: (x) => x, training: (x) => ({logits: x})},
        ...{variables: [weight], statistics: []},
      }),
    };
    const average = createAverage(model, averaging);
    if (average === undefined) throw new Error('none');
    values.forEach((value, i) => {
      weight.assign(tf.scalar(value));
      after(average, i + 1);
    });
    average.assign();
    const [value = NaN] = numbers(weight);
    average.dispose();
    weight.dispose();
    return value;
  }
  const values = fc.array(fc.double({min: -5, max: 5, noNaN: true}), {minLength: 1, maxLength: 12});

  it('is the geometric sum of the closed form', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.double({min: 0, max: 1, noNaN: true}), async (list, ema) => {
        const average = await averageOf({ema}, list, (each) => {
          each.afterStep();
        });
        const [first = 0, ...rest] = list;
        const n = rest.length;
        const expected = rest.reduce(
          (sum, value, i) => sum + (1 - ema) * ema ** (n - 1 - i) * value,
          ema ** n * first,
        );
        expect(average).toBeCloseTo(expected, 4);
      }),
      {numRuns: 30},
    );
  });

  it('is the mean of the epochs from the first one on', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.integer({min: 1, max: 12}), async (list, from) => {
        fc.pre(from <= list.length);
        const average = await averageOf({swaFrom: from}, list, (each, epoch) => {
          each.afterStep();
          each.afterEpoch(epoch);
        });
        const taken = list.slice(from - 1);
        expect(average).toBeCloseTo(taken.reduce((a, b) => a + b, 0) / taken.length, 4);
      }),
      {numRuns: 30},
    );
  });

  it('captures and restores bit for bit, and nothing before it began', async () => {
    const net = denseNet();
    const average = createAverage(asTrainableClassifier<Vectors>(net), {ema: 0.3});
    if (average === undefined) throw new Error('none');
    expect(await average.capture()).toBeNull();
    average.afterStep();
    average.afterStep();
    const state = await average.capture();
    expect(state?.count).toBe(2);
    expect(state?.model).toEqual(await captureModelState<Vectors>(net));
    average.restore(null);
    expect(average.hasStarted()).toBe(false);
    average.restore(state);
    expect(await average.capture()).toEqual(state);
    average.dispose();
    net.dispose();
  });

  it('is none for none', () => {
    const net = denseNet();
    expect(createAverage(asTrainableClassifier<Vectors>(net), 'none')).toBeUndefined();
    net.dispose();
  });
});

describe('checkAveraging', () => {
  it.each([
    'none',
    {ema: 0},
    {ema: 0.999},
    {ema: 1},
    {swaFrom: 1},
    {swaFrom: 3, statistics: 'averaged'},
  ])('takes %j', (averaging) => {
    expect(() => checkAveraging('here', averaging as Averaging)).not.toThrow();
  });

  it.each([
    ['ema', /here: "averaging" must be 'none', \{ema: decay\} or \{swaFrom: epoch\}/],
    [null, /here: "averaging" must be 'none'/],
    [{}, /here: "averaging" must be 'none'/],
    [{ema: 0.9, swaFrom: 2}, /here: "averaging" must be 'none'/],
    [{ema: 0.9, from: 2}, /here: "averaging" must be 'none'/],
    [{ema: 1.1}, /here: "averaging.ema" must be a finite number >= 0 and <= 1, found 1.1/],
    [{swaFrom: 0}, /here: "averaging.swaFrom" must be an integer >= 1, found 0/],
    [{ema: 0.5, statistics: 'mean'}, /here: "averaging.statistics" must be one of/],
  ])('refuses %j', (averaging, message) => {
    expect(() => checkAveraging('here', averaging as Averaging)).toThrow(message);
  });
});
