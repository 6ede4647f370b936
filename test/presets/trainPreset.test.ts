import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import {createRng} from '../../src/core/rng';
import {arrayDataset} from '../../src/data/arrayDataset';
import {preset} from '../../src/presets/presets';
import {scalePreset} from '../../src/presets/scalePreset';
import {trainPreset} from '../../src/presets/trainPreset';
import {bitsOf} from '../support/trainings';

const SIZE = 8;
const LABELS = [
  ...Array<number>(12).fill(0),
  ...Array<number>(6).fill(1),
  ...Array<number>(3).fill(2),
];
const random = createRng(9);
const dataset = arrayDataset(
  Float32Array.from({length: LABELS.length * SIZE * SIZE * 3}, () => random.uniform()),
  LABELS,
  {shape: [SIZE, SIZE, 3], numClasses: 3},
);

const small = (id: string, epochs = 2) =>
  scalePreset(preset(id), {
    ...{epochs, batchSize: 8, attackSteps: 1, learningRate: 0.01},
    network: {name: 'resnet18', width: 1},
  });

describe('trainPreset', () => {
  it.each(['pgd-at', 'trades', 'mart', 'awp', 'robal', 'reat', 'at-bsl'])(
    'trains %s',
    async (method) => {
      const before = tf.memory().numTensors;
      const {model, classifier, teacher, result} = await trainPreset(
        ...[small(`cifar10-lt50/resnet18/${method}`), dataset, {rng: createRng(1)}],
      );
      expect(result.history.map(({epoch}) => epoch)).toEqual([1, 2]);
      for (const {loss} of result.history) expect(Number.isFinite(loss)).toBe(true);
      expect(teacher).toBeNull();
      const shape = tf.tidy(() => classifier(tf.zeros([1, SIZE, SIZE, 3])).shape);
      expect(shape).toEqual([1, 3]);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("trains the paper's teacher on the balanced set, then its student", async () => {
    const seen: string[] = [];
    const {model, teacher, result} = await trainPreset(
      small('cifar10-lt50/resnet18/paper'),
      dataset,
      {
        rng: createRng(1),
        onEpoch: ({epoch}, stage) => void seen.push(`${stage} ${epoch}`),
        evaluate: (_, {phase}) => ({measured: phase === 'main' ? 1 : 0}),
      },
    );
    expect(seen).toEqual(['teacher 1', 'main 1', 'main 2']);
    expect(result.last.metrics).toEqual({measured: 1});
    expect(teacher?.result.last.metrics).toEqual({measured: 0});
    model.dispose();
    teacher?.model.dispose();
  });

  it.each([
    [0.5, 6],
    [0.75, 9],
  ])('teaches at γ = %s IR on %i examples of each class', async (gammaPerRatio, each) => {
    const drawn: number[][] = [];
    const watched = {
      ...dataset,
      batch: (indices: ArrayLike<number>) => {
        drawn.push(Array.from(indices, (i) => LABELS[i] as number));
        return dataset.batch(indices);
      },
    };
    const one = small('cifar10-lt50/resnet18/paper');
    const balanced = {gammaPerRatio};
    const teacher = one.teacher && {...one.teacher, balanced, batchSize: each};
    const {model, ...trained} = await trainPreset({...one, teacher}, watched, {
      rng: createRng(1),
    });
    // IR 4, three examples of the rarest class: γ times 3 of each, in three batches.
    const seen = drawn.filter((labels) => labels.length === each).flat();
    const counts = [0, 1, 2].map((c) => seen.filter((label) => label === c).length);
    expect(counts).toEqual([each, each, each]);
    model.dispose();
    trained.teacher?.model.dispose();
  });

  it('scores RoBal of CIFAR-100 by its adjusted cosines, in evaluations too', async () => {
    const answers: number[][] = [];
    const x = tf.fill<tf.Rank.R4>([1, SIZE, SIZE, 3], 0.5);
    const {model, classifier} = await trainPreset(
      small('cifar100-lt10/resnet18/robal', 1),
      dataset,
      {
        rng: createRng(1),
        evaluate: (given) => {
          answers.push(Array.from(tf.tidy(() => given(x).dataSync())));
          return undefined;
        },
      },
    );
    const cosines = tf.tidy(() => Array.from((model.predict(x) as tf.Tensor).dataSync()));
    const adjusted = tf.tidy(() => Array.from(classifier(x).dataSync()));
    const shares = [12 / 21, 6 / 21, 3 / 21];
    shares.forEach((share, c) => {
      expect(adjusted[c]).toBeCloseTo(10 * (cosines[c] as number) - 1.7 * Math.log(share), 4);
    });
    expect(answers).toEqual([adjusted]);
    x.dispose();
    model.dispose();
  });

  it('stopped in either stage and taken up again, it ends with the weights of a whole run', async () => {
    const one = small('cifar10-lt50/resnet18/paper', 4);
    const whole = await trainPreset(one, dataset, {rng: createRng(5)});
    for (const [stage, last] of [
      ['teacher', 1],
      ['main', 2],
    ] as const) {
      const checkpoints = memoryCheckpoints();
      const stop = new AbortController();
      const before = tf.memory().numTensors;
      const stopped = trainPreset(one, dataset, {
        ...{rng: createRng(5), checkpoints, signal: stop.signal},
        onEpoch: ({epoch}, at) => {
          if (at === stage && epoch === last) stop.abort(new Error('enough'));
        },
      });
      await expect(stopped).rejects.toThrow('enough');
      expect(tf.memory().numTensors).toBe(before);
      const resumed = await trainPreset(one, dataset, {rng: createRng(5), checkpoints});
      expect(await bitsOf(resumed.model)).toEqual(await bitsOf(whole.model));
      resumed.model.dispose();
      resumed.teacher?.model.dispose();
    }
    whole.model.dispose();
    whole.teacher?.model.dispose();
  });
  it('saves its stages under its key, and a teacher under another', async () => {
    const keysOf = async (more: object) => {
      const checkpoints = memoryCheckpoints();
      const keys = new Set<string>();
      const watched = {
        ...checkpoints,
        load: (key: string) => {
          keys.add(key);
          return checkpoints.load(key);
        },
      };
      const {model, teacher} = await trainPreset(
        ...[small('cifar10-lt50/resnet18/paper'), dataset],
        {rng: createRng(1), checkpoints: watched, ...more},
      );
      model.dispose();
      teacher?.model.dispose();
      return [...keys];
    };
    expect(await keysOf({})).toEqual(['preset/teacher', 'preset/main']);
    expect(await keysOf({checkpointKey: 'a', teacherKey: 'shared'})).toEqual(['shared', 'a/main']);
  });

  it('starts its stages with other weights, and says by phase which one it is at', async () => {
    const phases = new Set<string>();
    const one = small('cifar10-lt50/resnet18/paper');
    const unmoved = {epochs: 1, learningRate: 1e-12};
    const {model, teacher} = await trainPreset(
      {
        ...one,
        teacher: one.teacher && {...one.teacher, ...unmoved},
        main: {...one.main, ...unmoved},
      },
      dataset,
      {rng: createRng(1), onProgress: ({phase}) => void phases.add(phase)},
    );
    expect([...phases]).toEqual(['teacher', 'main']);
    const first = (given: typeof model) =>
      [...(given.getWeights()[0]?.dataSync() ?? [])].slice(0, 5);
    expect(first(model)).not.toEqual(first(teacher?.model ?? model));
    model.dispose();
    teacher?.model.dispose();
  });

  it('keeps the best epoch by the metric that is named', async () => {
    const {model, result} = await trainPreset(small('cifar10-lt50/resnet18/mart', 3), dataset, {
      ...{rng: createRng(1), selectBy: 'score'},
      evaluate: (_, {epoch}) => ({score: -Math.abs(epoch - 2)}),
    });
    expect(result.best.epoch).toBe(2);
    model.dispose();
  });

  it('refuses what it cannot use, by name', async () => {
    const one = small('cifar10-lt50/resnet18/mart');
    const of = (...[given, data, options]: [unknown, unknown, object]) =>
      trainPreset(given as typeof one, data as typeof dataset, options as {rng: typeof random});
    const rng = createRng(1);
    await expect(of('mart', dataset, {rng})).rejects.toThrow(/^trainPreset: "preset" must be/);
    await expect(of(one, [], {rng})).rejects.toThrow(/^trainPreset: "dataset"/);
    await expect(of(one, dataset, {})).rejects.toThrow(/^trainPreset: "rng" .*every stage draws/);
    await expect(of(one, dataset, {rng, key: 'a'})).rejects.toThrow(
      /^trainPreset: "key" must be one/,
    );
  });
});
