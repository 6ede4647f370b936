import * as tf from '@tensorflow/tfjs-core';
import {
  atBslTraining,
  classCounts,
  createRng,
  evaluateRobustness,
  multiStep,
  pgdAttack,
  pgdTraining,
  restoreModelState,
  selfDistillationTraining,
  sgd,
  tailClasses,
  train,
  trainSelfDistilled,
  type Attack,
  type Classifier,
  type Dataset,
  type EpochRecord,
  type Model,
  type ProgressCallback,
  type Rng,
  type RobustnessReport,
  type TrainingResult,
} from 'lt-robust';
import {cropAndFlip} from 'lt-robust/data';
import {smallConvNet} from 'lt-robust/models';

import {
  EVALUATION_STEPS,
  milestonesOf,
  type DemoSettings,
  type Job,
  type MethodName,
} from './settings';
import {makeSplits, type Splits} from './splits';

/** Test figures of one checkpoint. */
export interface CheckpointResult {
  readonly epoch: number;
  readonly validationPgd20: number;
  readonly test: RobustnessReport;
}

/** A few test images under attack, for the report's strip. */
export interface Sample {
  readonly label: number;
  readonly cleanPrediction: number;
  readonly adversarialPrediction: number;
  /** Pixels in [0, 1], row by row. */
  readonly clean: number[];
  readonly adversarial: number[];
}

/** What a worker returns: plain data. */
export interface RunResult {
  readonly method: MethodName;
  readonly seed: number;
  readonly classCounts: readonly number[];
  readonly classNames: readonly string[];
  readonly imageShape: readonly number[];
  readonly best: CheckpointResult;
  readonly last: CheckpointResult;
  readonly history: readonly EpochRecord[];
  readonly teacher: {
    readonly balancedSize: number;
    readonly history: readonly EpochRecord[];
    readonly test: RobustnessReport;
  } | null;
  readonly samples: readonly Sample[];
  readonly elapsedMs: number;
}

/** How a run tells where it stands. */
export interface RunWatch {
  readonly onProgress: ProgressCallback;
  readonly onEpoch: (phase: string, record: EpochRecord) => void;
}

const pgd =
  (settings: DemoSettings, steps: number): Attack =>
  (model, x, labels, context) =>
    pgdAttack(model, x, labels, {
      ...context,
      ...{epsilon: settings.epsilon, steps, checkValues: false},
    });

/** Trains one method on one seed's data and measures its best and its last checkpoint. */
export async function runMethod(
  {method, seed, settings}: Job,
  watch: RunWatch,
): Promise<RunResult> {
  const started = performance.now();
  const rng = createRng(seed);
  const splits = await makeSplits(settings, rng.fork('data'));
  const {train: trainingSet, test, classNames} = splits;
  const counts = classCounts(trainingSet.labels, trainingSet.numClasses);
  const tail = tailClasses(counts, settings.tail);
  const attacks = {pgd20: pgd(settings, EVALUATION_STEPS)};

  const measure = (model: Model, data: Dataset, stream: Rng) =>
    evaluateRobustness(model, data, {attacks, tail, rng: stream});
  const validate = async (model: Classifier) => {
    const report = await measure(model, splits.validation, rng.fork('validation'));
    return {pgd20: report.attacks['pgd20']?.accuracy ?? NaN, clean: report.clean.accuracy};
  };

  const {model, result, teacher} = await fit();
  try {
    const measureAt = async (which: 'best' | 'last'): Promise<CheckpointResult> => {
      const {epoch, metrics, state} = result[which];
      restoreModelState(model, state);
      return {
        epoch,
        validationPgd20: metrics['pgd20'] ?? NaN,
        test: await measure(model, test, rng.fork('test')),
      };
    };
    const last = await measureAt('last');
    const best = result.best.epoch === result.last.epoch ? last : await measureAt('best');
    return {
      ...{method, seed, classNames, classCounts: counts, best, last, teacher},
      history: result.history,
      imageShape: model.inputs[0]?.shape.slice(1).map(Number) ?? [],
      samples: await takeSamples(model, test, attacks.pgd20, rng.fork('samples')),
      elapsedMs: performance.now() - started,
    };
  } finally {
    model.dispose();
  }

  async function createModel(stream: Rng) {
    const {x, labels} = await trainingSet.batch([0]);
    const [, height, width, depth] = x.shape;
    tf.dispose([x, labels]);
    return smallConvNet({
      inputShape: [height, width, depth],
      numClasses: trainingSet.numClasses,
      channels: settings.channels,
      batchNorm: settings.batchNorm,
      seed: stream.seed(),
    });
  }

  async function fit(): Promise<{
    model: Awaited<ReturnType<typeof createModel>>;
    result: TrainingResult;
    teacher: RunResult['teacher'];
  }> {
    const attack = pgd(settings, settings.attackSteps);
    const {epochs, batchSize, learningRate, momentum, weightDecay, tau, padding} = settings;
    const augment = padding === 0 ? undefined : cropAndFlip({padding});
    const evaluation = {
      evaluate: (model: Classifier, {epoch}: {epoch: number}) =>
        isMeasured(epoch, epochs) ? validate(model) : undefined,
      selectBy: 'pgd20',
    };
    const recipe = {
      ...{epochs, batchSize, dropLast: true, augment},
      optimizer: () => sgd({learningRate, momentum, weightDecay}),
      schedule: multiStep({learningRate, milestones: milestonesOf(epochs)}),
    };
    if (method === 'lt-self-distillation') {
      const models: Awaited<ReturnType<typeof createModel>>[] = [];
      const trained = await trainSelfDistilled({
        createModel: async (_stage, stream) => {
          const made = await createModel(stream);
          models.push(made);
          return made;
        },
        ...{dataset: trainingSet, rng, attack, gamma: settings.gamma},
        teacher: {
          augment,
          epochs: settings.teacherEpochs,
          batchSize: settings.teacherBatchSize,
          optimizer: () => sgd({learningRate: settings.teacherLearningRate, momentum, weightDecay}),
          schedule: multiStep({
            learningRate: settings.teacherLearningRate,
            milestones: milestonesOf(settings.teacherEpochs),
          }),
        },
        student: (teacher) => ({
          ...recipe,
          method: selfDistillationTraining({
            ...{teacher, classCounts: counts, attack, tau},
            ...{alpha: settings.alpha, kd: settings.kd, alphaSchedule: settings.alphaSchedule},
          }),
        }),
        evaluate: (model, context) =>
          context.phase === 'student' ? evaluation.evaluate(model, context) : undefined,
        selectBy: evaluation.selectBy,
        onProgress: watch.onProgress,
        onEpoch: (record, stage) => {
          watch.onEpoch(stage, record);
        },
      });
      const [teacherModel, model] = models;
      if (teacherModel === undefined || model === undefined) throw new Error('no models');
      const teacher = {
        balancedSize: trained.balancedIndices?.length ?? 0,
        history: trained.teacher.result?.history ?? [],
        test: await evaluateRobustness(teacherModel, test, {attacks, tail, rng: rng.fork('test')}),
      };
      teacherModel.dispose();
      return {model, result: trained.student.result, teacher};
    }
    const model = await createModel(rng.fork('weights').fork('student'));
    const trainingMethod =
      method === 'pgd-at'
        ? pgdTraining({attack})
        : atBslTraining({attack, classCounts: counts, tau});
    const result = await train(
      model,
      trainingSet,
      {...recipe, method: trainingMethod},
      {
        ...evaluation,
        rng: rng.fork('student'),
        onProgress: watch.onProgress,
        onEpoch: (record) => {
          watch.onEpoch('train', record);
        },
      },
    );
    return {model, result, teacher: null};
  }
}

// Every tenth of the training, and every epoch once the learning rate has dropped.
const isMeasured = (epoch: number, epochs: number): boolean =>
  epoch % Math.max(1, Math.round(epochs / 10)) === 0 ||
  epoch >= Math.round(0.75 * epochs) ||
  epoch === epochs;

async function takeSamples(
  model: Parameters<typeof evaluateRobustness>[0],
  test: Splits['test'],
  attack: Attack,
  rng: Rng,
): Promise<Sample[]> {
  const indices = Array.from({length: test.numClasses}, (_, c) => test.labels.indexOf(c));
  const taken = {
    numClasses: test.numClasses,
    labels: Int32Array.from(indices, (i) => test.labels[i] as number),
    batch: (positions: ArrayLike<number>) =>
      test.batch(Int32Array.from(positions, (p) => indices[p] as number)),
  };
  let pixels: {clean: Float32Array; adversarial: Float32Array} | undefined;
  const recording: Attack = async (classifier, x, labels, context) => {
    const adversarial = await attack(classifier, x, labels, context);
    pixels = {
      clean: Float32Array.from(x.dataSync()),
      adversarial: Float32Array.from(adversarial.dataSync()),
    };
    return adversarial;
  };
  const report = await evaluateRobustness(model, taken, {
    attacks: {recording},
    ...{rng, predictions: true, batchSize: indices.length},
  });
  const size = (pixels?.clean.length ?? 0) / indices.length;
  const cut = (values: Float32Array | undefined, i: number) =>
    Array.from(values?.subarray(i * size, (i + 1) * size) ?? []);
  return indices.map((_, i) => ({
    label: taken.labels[i] as number,
    cleanPrediction: report.clean.predictions?.[i] ?? -1,
    adversarialPrediction: report.attacks['recording']?.predictions?.[i] ?? -1,
    clean: cut(pixels?.clean, i),
    adversarial: cut(pixels?.adversarial, i),
  }));
}
