import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {Progress} from '../../src/core/progress';
import {createRng, type Rng} from '../../src/core/rng';
import type {Classifier} from '../../src/core/classifier';
import {subset} from '../../src/core/dataset';
import {balancedSubset} from '../../src/samplers/balancedSubset';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {multiStep} from '../../src/optimizers/schedules';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {sgd} from '../../src/optimizers/sgd';
import {naturalTraining} from '../../src/methods/naturalTraining';
import type {Recipe} from '../../src/training/recipe';
import {train} from '../../src/training/train';
import {restoreModelState} from '../../src/training/trainerState';
import {trainSelfDistilled, type SelfDistilledOptions} from '../../src/training/trainSelfDistilled';
import {bitsOf, cornerDataset, denseNet, quickAttack} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;
type Net = ReturnType<typeof denseNet>;

const counts = [16, 8, 4];
const dataset = cornerDataset(counts);
const createModel = (stage: string, rng: Rng) => denseNet({seed: rng.integer(1000) + stage.length});
const jitter = (x: Vectors, rng: Rng) => tf.add<Vectors>(x, 0.1 * (rng.uniform() - 0.5));

const short = {epochs: 2, batchSize: 8, augment: jitter};
const base = {
  ...{createModel, dataset, attack: quickAttack},
  teacher: short as Partial<Recipe<Vectors>>,
  student: (): Partial<Recipe<Vectors>> => short,
};

async function run(options: Partial<SelfDistilledOptions<Vectors>> = {}) {
  const {teacher, student, balancedIndices} = await trainSelfDistilled({
    ...{...base, rng: createRng(21)},
    ...options,
  });
  const bits = [await bitsOf(teacher.model as Net), await bitsOf(student.model as Net)];
  (teacher.model as Net).dispose();
  (student.model as Net).dispose();
  return {bits, results: [teacher.result, student.result], balancedIndices};
}

describe('trainSelfDistilled', () => {
  it('is what its two stages are by hand', async () => {
    const rng = createRng(21);
    const {bits, balancedIndices} = await run({
      student: (teacher) => ({
        ...short,
        method: selfDistillationTraining<Vectors>({
          ...{teacher, classCounts: counts, attack: quickAttack, kd: 'kl-adv', alpha: 2, tau: 0.5},
        }),
      }),
    });
    const drawn = balancedSubset(dataset.labels, 3, {rng: rng.fork('balancedSubset')});
    expect(balancedIndices).toEqual(drawn);
    expect(drawn.length).toBe(24); // γ = IR/2 = 2 gives 8 of each class
    const weights = rng.fork('weights');
    const common = {
      ...{...short, dropLast: true},
      optimizer: () => sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4}),
      schedule: multiStep({milestones: [2]}), // round(0.75 · 2) and round(0.9 · 2)
    };
    const teacher = createModel('teacher', weights.fork('teacher'));
    const teaching = {...common, method: pgdTraining({attack: quickAttack})};
    await train(teacher, subset(dataset, drawn), teaching, {rng: rng.fork('teacher')});
    const student = createModel('student', weights.fork('student'));
    const method = selfDistillationTraining<Vectors>({
      ...{teacher, classCounts: counts, attack: quickAttack, kd: 'kl-adv', alpha: 2, tau: 0.5},
    });
    await train(student, dataset, {...common, method}, {rng: rng.fork('student')});
    expect([await bitsOf(teacher), await bitsOf(student)]).toEqual(bits);
    for (const disposable of [teacher, student]) disposable.dispose();
  });

  it('draws the balanced set anew in each epoch of the teacher if asked to', async () => {
    const [once, anew] = [await run(), await run({resample: 'per-epoch'})];
    expect(anew.balancedIndices).toBeNull();
    expect(anew.bits).not.toEqual(once.bits);
    expect(anew).toEqual(await run({resample: 'per-epoch'}));
  });

  it('is taught by what the recipe of the teacher scores', async () => {
    const asked: number[] = [];
    const head = (model: Classifier<Vectors>) => (x: Vectors) => tf.mul<Vectors>(2, model(x));
    await run({
      teacher: {...short, head},
      student: (teacher) => {
        const [value = NaN] = tf.tidy(() => teacher(tf.ones([1, 3])).dataSync());
        asked.push(value);
        return short;
      },
    });
    await run({
      student: (teacher) => {
        const [value = NaN] = tf.tidy(() => teacher(tf.ones([1, 3])).dataSync());
        asked.push(value);
        return short;
      },
    });
    expect(asked[0]).toBeCloseTo(2 * (asked[1] as number), 5);
  });

  it('leaks nothing but the two models', async () => {
    await expectNoLeak(run);
  });

  it('reports the stages in turn', async () => {
    const progress: Progress[] = [];
    const epochs: string[] = [];
    await run({
      onProgress: (report) => void progress.push(report),
      onEpoch: ({epoch}, stage) => void epochs.push(`${stage} ${epoch}`),
    });
    expect(epochs).toEqual(['teacher 1', 'teacher 2', 'student 1', 'student 2']);
    const phases = progress.map(({phase, done, total}) => `${phase} ${done}/${total}`);
    expect(phases.slice(0, 2)).toEqual(['teacher 1/6', 'teacher 2/6']);
    expect(phases.at(-1)).toBe('student 6/6');
  });

  it.each(['teacher 1', 'teacher 2', 'student 1'])(
    'goes on after %s as if never stopped, bit for bit',
    async (stop) => {
      const whole = await run();
      const checkpoints = memoryCheckpoints();
      const models: Net[] = [];
      const tracked = (stage: string, rng: Rng) => {
        const model = createModel(stage, rng);
        models.push(model);
        return model;
      };
      const onEpoch = ({epoch}: {epoch: number}, stage: string) => {
        if (`${stage} ${epoch}` === stop) throw new Error('power cut');
      };
      const cut = run({checkpoints, onEpoch, createModel: tracked});
      await expect(cut).rejects.toThrow('power cut');
      for (const model of models) model.dispose();
      expect(await run({checkpoints})).toEqual(whole);
      expect(await checkpoints.load('selfDistilled/student')).toBeDefined();
    },
  );

  it('rejects with the reason of the signal in either stage', async () => {
    for (const phase of ['teacher', 'student']) {
      const controller = new AbortController();
      const onProgress = (report: Progress) => {
        if (report.phase === phase) controller.abort(new Error(`stop ${phase}`));
      };
      const models: {dispose(): void}[] = [];
      const createModel: typeof base.createModel = (stage, stream) => {
        const model = base.createModel(stage, stream);
        models.push(model);
        return model;
      };
      await expectNoLeak(async () => {
        const stopped = run({signal: controller.signal, onProgress, createModel});
        await expect(stopped).rejects.toThrow(`stop ${phase}`);
        for (const model of models) model.dispose();
      });
    }
  });

  it('lets the best epoch of the teacher teach if asked to', async () => {
    const selection = {
      selectBy: 'score',
      evaluate: (_model: unknown, {epoch, phase}: {epoch: number; phase: string}) =>
        phase === 'teacher' ? {score: -epoch} : undefined,
    };
    const best = await run({...selection, teacherCheckpoint: 'best'});
    const last = await run(selection);
    expect(best.results[0]?.best.epoch).toBe(1);
    const model = denseNet();
    restoreModelState<Vectors>(model, best.results[0]?.best.state as never);
    expect(await bitsOf(model)).toEqual(best.bits[0]);
    expect(best.bits[0]).not.toEqual(last.bits[0]);
    expect(best.bits[1]).not.toEqual(last.bits[1]);
    model.dispose();
  });

  it('takes a teacher that is trained already, and trains the student alone', async () => {
    const teacher = denseNet({seed: 8});
    const bits = await bitsOf(teacher);
    const stages: string[] = [];
    const result = await trainSelfDistilled<Vectors>({
      ...{...base, teacher, rng: createRng(21)},
      createModel: (stage, rng) => {
        stages.push(stage);
        return createModel(stage, rng);
      },
    });
    expect(stages).toEqual(['student']);
    expect(result.balancedIndices).toBeNull();
    expect(result.teacher).toEqual({model: teacher, result: null});
    expect(await bitsOf(teacher)).toEqual(bits);
    const rng = createRng(21);
    const student = createModel('student', rng.fork('weights').fork('student'));
    const method = selfDistillationTraining<Vectors>({
      ...{teacher, classCounts: counts, attack: quickAttack},
    });
    const recipe = {...short, method, dropLast: true, schedule: multiStep({milestones: [2]})};
    await train(student, dataset, recipe, {rng: rng.fork('student')});
    expect(await bitsOf(result.student.model as Net)).toEqual(await bitsOf(student));
    for (const model of [teacher, student, result.student.model as Net]) model.dispose();
  });

  it('takes any recipe for the teacher', async () => {
    const natural = await run({teacher: {...short, method: naturalTraining<Vectors>()}});
    expect(natural.bits[0]).not.toEqual((await run()).bits[0]);
  });

  it('draws D_B by γ and up-sampling', async () => {
    const {balancedIndices} = await run({gamma: 3, upsample: 'repeat'});
    const rng = createRng(21).fork('balancedSubset');
    const expected = balancedSubset(dataset.labels, 3, {gamma: 3, upsample: 'repeat', rng});
    expect(balancedIndices).toEqual(expected);
  });

  it('refuses wrong settings of the student before it trains the teacher', async () => {
    await expect(run({student: () => ({epochs: 0})})).rejects.toThrow(
      /trainSelfDistilled, student: "epochs" must be an integer >= 1, found 0/,
    );
    await expect(run({teacher: {batchSize: 0}})).rejects.toThrow(
      /trainSelfDistilled, teacher: "batchSize"/,
    );
    await expect(run({teacherCheckpoint: 'first' as 'best'})).rejects.toThrow(
      /trainSelfDistilled: "teacherCheckpoint" must be one of 'last', 'best', found 'first'/,
    );
    await expect(run({beta: 1} as object)).rejects.toThrow(
      /trainSelfDistilled: "beta" must be one/,
    );
    const seen: string[] = [];
    const watched = (options: Partial<SelfDistilledOptions<Vectors>>) =>
      run({...options, onEpoch: (_, stage) => void seen.push(stage)});
    const student = (teacher: Classifier<Vectors>) => ({
      method: selfDistillationTraining({teacher, classCounts: counts, alpha: -1}),
    });
    await expect(watched({student})).rejects.toThrow(
      /selfDistillationTraining: "alpha" must be a finite number >= 0, found -1/,
    );
    await expect(watched({student: () => ({batchSize: 29})})).rejects.toThrow(
      /trainSelfDistilled, student: "batchSize" must be at most the 28 examples .* found 29/,
    );
    await expect(watched({teacher: {batchSize: 25}})).rejects.toThrow(
      /trainSelfDistilled, teacher: "batchSize" must be at most the 24 examples .* found 25/,
    );
    expect(seen).toEqual([]);
  });

  it('takes batches as large as the set, or larger if none is dropped', async () => {
    const {results} = await run({
      teacher: {epochs: 1, batchSize: 24},
      student: () => ({epochs: 1, batchSize: 29, dropLast: false}),
    });
    expect(results.map((result) => result?.history.length)).toEqual([1, 1]);
  });
});
