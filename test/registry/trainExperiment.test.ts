import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {Dataset} from '../../src/core/dataset';
import {createRng, type Rng} from '../../src/core/rng';
import {arrayDataset} from '../../src/data/arrayDataset';
import {trainingAttack} from '../../src/methods/attackBatch';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import type {Experiment} from '../../src/registry/experiment';
import {trainExperiment, type ExperimentRun} from '../../src/registry/trainExperiment';
import {trainSelfDistilled} from '../../src/training/trainSelfDistilled';
import {bitsOf} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

const counts = [12, 6, 3];
const rng = createRng(2);
const labels = counts.flatMap((n, c) => Array.from({length: n}, () => c));
const pixels = Float32Array.from(
  labels.flatMap((c) => [0, 1, 2, 3].map((i) => (i === c ? 0.7 : 0.2) + 0.1 * rng.uniform())),
);
const dataset: Dataset = arrayDataset(pixels, labels, {shape: [2, 2, 1], numClasses: 3});

const models = new Map<string, tfl.Sequential>();
const createModel = (stage: string, stream: Rng) => {
  const seed = stream.integer(1000);
  const init = tfl.initializers.glorotUniform({seed});
  const model = tfl.sequential({
    layers: [
      tfl.layers.flatten({inputShape: [2, 2, 1]}),
      tfl.layers.dense({units: 4, kernelInitializer: init}),
      tfl.layers.batchNormalization({momentum: 0.9}),
      tfl.layers.dense({units: 3, kernelInitializer: init}),
    ],
  });
  models.set(stage, model);
  return model;
};

async function run(experiment: Experiment, options: Partial<ExperimentRun> = {}) {
  models.clear();
  try {
    const {
      student,
      teachers,
      experiment: checked,
    } = await trainExperiment(experiment, {
      ...{createModel, dataset, rng: createRng(21)},
      ...options,
    });
    const bits: Record<string, number[][]> = {};
    for (const [stage, model] of models) bits[stage] = await bitsOf(model);
    return {
      bits,
      checked,
      results: [student.result, ...Object.values(teachers).map((t) => t.result)],
    };
  } finally {
    for (const model of models.values()) model.dispose();
  }
}

const attack = {name: 'pgd', epsilon: '8/255', steps: 2} as unknown as Experiment['attack'];
const short = {
  ...{attack, epochs: 2, batchSize: 6, dropLast: true},
  schedule: {name: 'multi-step'},
} as const satisfies Partial<Experiment>;

const paper: Experiment = {
  ...short,
  method: {name: 'self-distillation', teacher: 'teacher', alpha: 3},
  teachers: {teacher: {...short, method: 'pgd-at', data: 'balanced'}},
};

describe('trainExperiment', () => {
  it("is trainSelfDistilled for the paper's method, bit for bit", async () => {
    const {bits} = await run(paper);
    models.clear();
    const settings = {epochs: 2, batchSize: 6};
    await trainSelfDistilled({
      ...{createModel, dataset, rng: createRng(21), teacher: settings},
      attack: trainingAttack<tf.Tensor4D>({steps: 2}),
      student: (teacher) => ({
        ...settings,
        method: selfDistillationTraining({
          ...{teacher, classCounts: counts, alpha: 3},
          attack: trainingAttack<tf.Tensor4D>({steps: 2}),
        }),
      }),
    });
    for (const [stage, model] of models) {
      expect(await bitsOf(model)).toEqual(bits[stage]);
      model.dispose();
    }
    expect(Object.keys(bits)).toEqual(['teacher', 'student']);
  });

  // The paper's own, several teachers of other methods, one of them taught by another.
  const several: Experiment = {
    ...short,
    method: {name: 'trades', beta: 2},
    wrappers: [
      {name: 'distillation', teacher: 'balanced', weight: 0.5},
      {name: 'gradient-matching', teacher: 'tailed', alpha: 1},
      {name: 'awp', gamma: 0.01},
    ],
    averaging: {ema: 0.8},
    teachers: {
      balanced: {...short, method: 'at-bsl', data: {name: 'balanced', resample: 'per-epoch'}},
      tailed: {
        ...short,
        method: {name: 'rslad', teacher: 'balanced'},
        sampler: 'class-balanced',
        head: {name: 'adjusted', tau: 0.1},
        averaging: {swaFrom: 1},
      },
    },
  };

  it('trains several teachers, in their order, and leaks nothing', async () => {
    await expectNoLeak(() => run(several));
    const first = await run(several);
    expect(Object.keys(first.bits)).toEqual(['balanced', 'tailed', 'student']);
    expect(await run(several)).toEqual(first);
  });

  it.each(['balanced 1', 'tailed 2', 'student 1'])(
    'goes on after %s as if never stopped',
    async (stop) => {
      const whole = await run(several);
      const checkpoints = memoryCheckpoints();
      const onEpoch = ({epoch}: {epoch: number}, stage: string) => {
        if (`${stage} ${epoch}` === stop) throw new Error('power cut');
      };
      await expect(run(several, {checkpoints, onEpoch})).rejects.toThrow('power cut');
      expect(await run(several, {checkpoints})).toEqual(whole);
      expect(await checkpoints.load('experiment/student')).toBeDefined();
    },
  );

  it('takes a teacher that is trained already', async () => {
    const stored = createModel('stored', createRng(5));
    const before = await bitsOf(stored);
    const {bits} = await run(
      {...short, method: {name: 'adaad', teacher: 'stored'}},
      {teachers: {stored}},
    );
    expect(Object.keys(bits)).toEqual(['student']);
    expect(await bitsOf(stored)).toEqual(before);
    stored.dispose();
  });

  it('lets the best epoch teach if asked to', async () => {
    const choosing = {
      evaluate: (_model: unknown, {epoch}: {epoch: number}) => ({score: -epoch}),
      selectBy: 'score',
    };
    const withCheckpoint = (checkpoint: 'best' | 'last') =>
      run(
        {
          ...paper,
          teachers: {teacher: {...paper.teachers?.['teacher'], method: 'pgd-at', checkpoint}},
        },
        choosing,
      );
    const [best, last] = [await withCheckpoint('best'), await withCheckpoint('last')];
    expect(best.results[1]).toEqual(last.results[1]);
    expect(best.bits['teacher']).not.toEqual(last.bits['teacher']);
    expect(best.bits['student']).not.toEqual(last.bits['student']);
  });

  it('refuses a missing teacher, and any other mistake, before it trains', async () => {
    const onEpoch = () => {
      throw new Error('trained');
    };
    const misspelt: Experiment = {
      ...paper,
      wrappers: [{name: 'distillation', teacher: 'teachr'}],
    };
    await expect(run(misspelt, {onEpoch})).rejects.toThrow(
      'experiment: "teacher" must be one of teachers, or handed over (teacher), found "teachr". Did you mean "teacher"?',
    );
    const wrong: Experiment = {...paper, wrappers: [{name: 'awp', gamma: -1}]};
    await expect(run(wrong, {onEpoch})).rejects.toThrow(
      /awp: "gamma" must be a finite number >= 0/,
    );
    await expect(run(paper, {onEpoch, rng: undefined as never})).rejects.toThrow(/"rng"/);
    await expect(run(paper, {onEpoch, teachers: {old: 3} as never})).rejects.toThrow(
      /^experiment: "teachers\.old" must be a function from x to logits/,
    );
  });
});
