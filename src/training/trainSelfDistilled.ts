import type * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkOneOf} from '../core/checks/checkOneOf';
import type {CheckpointStore} from '../core/checkpoint';
import type {TrainableModel} from '../core/classifier';
import {subset, type Dataset} from '../core/dataset';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {balancedSubset} from '../samplers/balancedSubset';
import {classCounts} from '../samplers/classCounts';
import {trainingAttack} from '../methods/attackBatch';
import {pgdTraining} from '../methods/pgdTraining';
import {
  DISTILLATION_DEFAULTS,
  selfDistillationTraining,
  type DistillationOptions,
} from '../methods/selfDistillationTraining';
import type {TrainOptions} from './trainOptions';
import {restoreModelState} from './trainerState';
import type {TrainingMethod} from '../core/trainingMethod';
import type {EpochRecord, TrainingResult} from './trainingResult';
import {createStage, runStage, type StageOptions} from './trainingStage';

/** The two stages of the paper's method. */
export type SelfDistillationStage = 'teacher' | 'student';

/** Options of {@link trainSelfDistilled}. */
export interface SelfDistilledOptions<I extends tf.Tensor = tf.Tensor4D>
  extends DistillationOptions, RunControl {
  /**
   * Makes a fresh, built model for each stage, of the same architecture as a rule; seed its
   * initialisers from `rng`. The caller disposes both models: keep what you make, so that you can
   * also where training throws or is aborted.
   */
  readonly createModel: (
    stage: SelfDistillationStage,
    rng: Rng,
  ) => TrainableModel<I> | Promise<TrainableModel<I>>;
  /** The long-tailed training set; every class has an example. */
  readonly dataset: Dataset<I>;
  /** Source of all randomness. Only forked, never advanced. */
  readonly rng: Rng;
  /**
   * γ: every class of the teacher's set has γ times the smallest class's examples; `'auto'` is half
   * the imbalance ratio, at least 1. @defaultValue 'auto'
   */
  readonly gamma?: number | 'auto' | undefined;
  /**
   * How classes that are too small fill up: independent draws, or whole copies and a remainder
   * without replacement. @defaultValue 'with-replacement'
   */
  readonly upsample?: 'with-replacement' | 'repeat' | undefined;
  /** Settings of the first stage. */
  readonly teacher?: StageOptions<I> | undefined;
  /** Settings of the second stage. */
  readonly student?: StageOptions<I> | undefined;
  /** Which of the teacher's epochs teaches. @defaultValue 'last' */
  readonly teacherCheckpoint?: 'last' | 'best' | undefined;
  /**
   * Makes the adversarial inputs of both stages.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
  /** Changes a batch before the step. @defaultValue none */
  readonly augment?: TrainOptions<I>['augment'] | undefined;
  /** Whether the teacher's batches are augmented too. @defaultValue true */
  readonly augmentTeacher?: boolean | undefined;
  /** Called after each epoch of either stage. @defaultValue none */
  readonly onEpoch?:
    ((record: EpochRecord, stage: SelfDistillationStage) => void | Promise<void>) | undefined;
  /** Where to save each epoch of both stages, and to go on from. @defaultValue none */
  readonly checkpoints?: CheckpointStore | undefined;
  /** The stages are saved under `<key>/teacher` and `<key>/student`. @defaultValue 'selfDistilled' */
  readonly checkpointKey?: string | undefined;
}

/** What {@link trainSelfDistilled} gives. */
export interface SelfDistilledResult<I extends tf.Tensor = tf.Tensor4D> {
  /** Indices into `dataset` of the teacher's balanced set D_B. */
  readonly balancedIndices: Int32Array;
  /** The teacher, in the state that taught, and its training. */
  readonly teacher: {readonly model: TrainableModel<I>; readonly result: TrainingResult};
  /** The student, in its last state, and its training. */
  readonly student: {readonly model: TrainableModel<I>; readonly result: TrainingResult};
}

const TEACHER = {epochs: 30, batchSize: 32};
const STUDENT = {epochs: 100, batchSize: 128};

const defaultsFor = <I extends tf.Tensor>() => ({
  ...DISTILLATION_DEFAULTS,
  gamma: 'auto' as number | 'auto',
  upsample: 'with-replacement' as 'with-replacement' | 'repeat',
  teacher: {} as StageOptions<I>,
  student: {} as StageOptions<I>,
  teacherCheckpoint: 'last' as 'last' | 'best',
  attack: trainingAttack<I>(),
  augment: undefined as TrainOptions<I>['augment'],
  augmentTeacher: true,
  onEpoch: undefined as SelfDistilledOptions<I>['onEpoch'],
  checkpoints: undefined as CheckpointStore | undefined,
  checkpointKey: 'selfDistilled',
  signal: undefined as AbortSignal | undefined,
  onProgress: undefined as RunControl['onProgress'],
});

const WHERE = 'trainSelfDistilled';

/**
 * The paper's method, both stages: a balanced subset D_B of the long-tailed set is drawn, a teacher
 * is trained on it by PGD adversarial training, and a fresh student on the whole set by balanced
 * softmax plus distillation from the teacher.
 *
 * @param options - See {@link SelfDistilledOptions}; `createModel`, `dataset` and `rng` are required.
 * @returns Both models with their trainings; the caller disposes the models.
 * @throws {@link InvalidArgumentError} if an option is out of range or a class has no example.
 * @throws {@link NonFiniteLossError} if a stage diverges.
 * @throws the signal's reason if aborted.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 4.2 and Algorithm 1. It states
 *   epochs, batch sizes, learning rate and weight decay; momentum and milestones are those of
 *   AT-BSL.
 * @example
 * ```ts
 * const pixels = new Float32Array([0, 0.1, 0.2, 0.3, 0.9, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 0, 0, 1, 1], {shape: [1, 1, 1], numClasses: 2});
 * const createModel = () =>
 *   tf.sequential({
 *     layers: [tf.layers.flatten({inputShape: [1, 1, 1]}), tf.layers.dense({units: 2})],
 *   });
 * const {student, balancedIndices} = await trainSelfDistilled({
 *   ...{createModel, dataset, rng: createRng(7)},
 *   teacher: {epochs: 1, batchSize: 2},
 *   student: {epochs: 2, batchSize: 3},
 * });
 * balancedIndices.length; // => 4
 * student.result.history.length; // => 2
 * ```
 */
export async function trainSelfDistilled<I extends tf.Tensor = tf.Tensor4D>(
  options: SelfDistilledOptions<I>,
): Promise<SelfDistilledResult<I>> {
  const {createModel, dataset, rng, ...optional} = options;
  const {
    teacher: teacherOptions,
    student: studentOptions,
    ...settings
  } = withDefaults(WHERE, defaultsFor<I>(), optional);
  const {gamma, upsample, teacherCheckpoint, attack, augment, augmentTeacher, ...rest} = settings;
  const {onEpoch, checkpoints, checkpointKey, signal, onProgress, ...distillation} = rest;
  checkOneOf(WHERE, 'teacherCheckpoint', teacherCheckpoint, ['last', 'best']);
  const stages = {
    teacher: createStage(`${WHERE}, teacher`, TEACHER, teacherOptions),
    student: createStage(`${WHERE}, student`, STUDENT, studentOptions),
  };

  const balancedIndices = balancedSubset(dataset.labels, dataset.numClasses, {
    ...{gamma, upsample, rng: rng.fork('balancedSubset')},
  });
  const balanced = subset(dataset, balancedIndices);
  checkBatches('teacher', balancedIndices.length);
  checkBatches('student', dataset.labels.length);
  const teacher = await createModel('teacher', rng.fork('weights').fork('teacher'));
  // Made before the teacher is trained, so that wrong settings do not wait until then; it reads the
  // teacher's weights of the moment.
  const method = selfDistillationTraining<I>({
    ...{...distillation, teacher, attack},
    classCounts: classCounts(dataset.labels, dataset.numClasses),
  });
  const teaching = await run('teacher', teacher, pgdTraining({attack}), balanced);
  restoreModelState(teacher, teaching[teacherCheckpoint].state);

  const student = await createModel('student', rng.fork('weights').fork('student'));
  const learning = await run('student', student, method, dataset);
  return {
    balancedIndices,
    teacher: {model: teacher, result: teaching},
    student: {model: student, result: learning},
  };

  // An epoch without a batch is refused here, not after the teacher was trained.
  function checkBatches(stage: SelfDistillationStage, examples: number): void {
    const {batchSize, dropLast} = stages[stage].options;
    if (dropLast !== true || batchSize === undefined || batchSize <= examples) return;
    throw new InvalidArgumentError({
      where: `${WHERE}, ${stage}`,
      argument: 'batchSize',
      expected: `be at most the ${examples} examples of the stage, for dropLast leaves the rest out`,
      found: String(batchSize),
      remedy: 'Lower it, or pass dropLast: false.',
    });
  }

  function run<P extends tf.NamedTensorMap>(
    stage: SelfDistillationStage,
    model: TrainableModel<I>,
    method: TrainingMethod<I, P>,
    data: Dataset<I>,
  ): Promise<TrainingResult> {
    return runStage(stages[stage], model, method, data, {
      ...{rng: rng.fork(stage), phase: stage, signal, onProgress},
      augment: stage === 'student' || augmentTeacher ? augment : undefined,
      onEpoch: (record) => onEpoch?.(record, stage),
      ...{checkpoints, checkpointKey: `${checkpointKey}/${stage}`},
    });
  }
}
