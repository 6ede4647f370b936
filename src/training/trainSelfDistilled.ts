import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import {checkDataset} from '../core/checks/checkParts';
import {describeValue} from '../core/describeValue';
import {checkStore} from '../core/savedRun';
import type {Attack} from '../core/attack';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkRng} from '../core/checks/checkRng';
import type {CheckpointStore} from '../core/checkpoint';
import {isTrainable, type Classifier, type TrainableModel} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {InvalidArgumentError} from '../core/errors';
import {isLayersModel} from '../core/layers/layersModel';
import {plainOptions, withDefaults, type Defaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {trainingAttack} from '../methods/attackBatch';
import {pgdTraining} from '../methods/pgdTraining';
import {selfDistillationTraining} from '../methods/selfDistillationTraining';
import {classCounts} from '../samplers/classCounts';
import type {Recipe} from './recipe';
import type {RunOptions} from './runOptions';
import {paperRecipe} from './selfDistilledRecipes';
import {scoredClassifier} from './scored';
import {teacherData} from './teacherStage';
import {train} from './train';
import {restoreModelState} from './trainerState';
import type {EpochRecord, TrainingResult} from './trainingResult';

/** The two stages of the paper's method. */
export type SelfDistillationStage = 'teacher' | 'student';

/** Options of {@link trainSelfDistilled}. */
export interface SelfDistilledOptions<I extends tf.Tensor = tf.Tensor4D> extends RunControl {
  /**
   * Makes a fresh, built model for each stage that is trained, of the same architecture as a rule;
   * seed its initialisers from `rng`. The caller disposes the models: keep what you make, so that
   * you can dispose it even if training throws or is aborted.
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
  /**
   * `'once'`: all epochs of the teacher go through one balanced set; `'per-epoch'`: each draws its own,
   * so that no example of a large class is left out for good. @defaultValue 'once'
   */
  readonly resample?: 'once' | 'per-epoch' | undefined;
  /**
   * The first stage: a recipe, whose missing entries are the paper's (PGD adversarial training with
   * `attack`, 30 epochs, batches of 32, SGD with learning rate 0.1, momentum 0.9 and weight decay
   * 5e-4, dropped by 10 at 0.75 and 0.9 of the epochs), or a teacher that is trained already.
   * @defaultValue \{\}, the paper's
   */
  readonly teacher?: Partial<Recipe<I>> | TrainableModel<I> | undefined;
  /**
   * The second stage, on the whole set: makes a recipe from the teacher. Called before the teacher
   * is trained, so that wrong settings do not wait until then; the teacher answers with its current
   * weights. Missing entries are the paper's (self-distillation by gradient matching, 100 epochs,
   * batches of 128, SGD as in the first stage). @defaultValue the paper's
   */
  readonly student?: ((teacher: Classifier<I>) => Partial<Recipe<I>>) | undefined;
  /** Which of the teacher's epochs teaches. @defaultValue 'last' */
  readonly teacherCheckpoint?: 'last' | 'best' | undefined;
  /**
   * Makes the adversarial inputs of both stages, for the methods that are the paper's.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
  /**
   * Measures the model of either stage after an epoch; `phase` says which. Returning nothing skips
   * that epoch. @defaultValue none
   */
  readonly evaluate?: RunOptions<I>['evaluate'] | undefined;
  /** The metric whose highest value makes an epoch the best. @defaultValue none: the last is */
  readonly selectBy?: string | undefined;
  /** Called after each epoch of either stage. @defaultValue none */
  readonly onEpoch?:
    ((record: EpochRecord, stage: SelfDistillationStage) => void | Promise<void>) | undefined;
  /**
   * Where each epoch of both stages is saved, and what an interrupted training resumes from.
   * @defaultValue none
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** The stages are saved under `<key>/teacher` and `<key>/student`. @defaultValue 'selfDistilled' */
  readonly checkpointKey?: string | undefined;
}

/** What {@link trainSelfDistilled} gives. */
export interface SelfDistilledResult<I extends tf.Tensor = tf.Tensor4D> {
  /**
   * Indices into `dataset` of the teacher's balanced set D_B; `null` if the teacher was given, or each
   * epoch drew its own.
   */
  readonly balancedIndices: Int32Array | null;
  /** The teacher, in the state that taught, and its training; `null` if it was given. */
  readonly teacher: {readonly model: TrainableModel<I>; readonly result: TrainingResult | null};
  /** The student, in its last state, and its training. */
  readonly student: {readonly model: TrainableModel<I>; readonly result: TrainingResult};
}

const TEACHER = {epochs: 30, batchSize: 32};
const STUDENT = {epochs: 100, batchSize: 128};

type Optional = 'evaluate' | 'selectBy' | 'onEpoch' | 'checkpoints' | 'signal' | 'onProgress';

const defaultsFor = <I extends tf.Tensor>(): Defaults<
  SelfDistilledOptions<I>,
  'createModel' | 'dataset' | 'rng' | Optional
> => ({
  // Required: checked below.
  ...{createModel: undefined, dataset: undefined, rng: undefined},
  gamma: 'auto',
  upsample: 'with-replacement',
  resample: 'once',
  teacher: {},
  student: () => ({}),
  teacherCheckpoint: 'last',
  attack: trainingAttack<I>(),
  evaluate: undefined,
  selectBy: undefined,
  onEpoch: undefined,
  checkpoints: undefined,
  checkpointKey: 'selfDistilled',
  signal: undefined,
  onProgress: undefined,
});

const WHERE = 'trainSelfDistilled';

/**
 * The paper's method, both stages: a balanced subset D_B of the long-tailed set is drawn, a teacher
 * is trained on it by PGD adversarial training, and a fresh student on the whole set by balanced
 * softmax plus distillation from the teacher. Either stage takes another recipe, and the teacher may
 * be one that is trained already.
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
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {createRng, trainSelfDistilled} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const pixels = new Float32Array([0, 0.1, 0.2, 0.3, 0.9, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 0, 0, 1, 1], {shape: [1, 1, 1], numClasses: 2});
 * const createModel = () =>
 *   sequential({
 *     layers: [layers.flatten({inputShape: [1, 1, 1]}), layers.dense({units: 2})],
 *   });
 * const {student, balancedIndices} = await trainSelfDistilled({
 *   createModel,
 *   dataset,
 *   rng: createRng(7),
 *   teacher: {epochs: 1, batchSize: 2},
 *   student: () => ({epochs: 2, batchSize: 3}),
 * });
 * balancedIndices?.length; // => 4
 * student.result.history.length; // => 2
 * ```
 */
export async function trainSelfDistilled<I extends tf.Tensor = tf.Tensor4D>(
  options: SelfDistilledOptions<I>,
): Promise<SelfDistilledResult<I>> {
  const settings = withDefaults(WHERE, defaultsFor<I>(), options);
  const {createModel, dataset, rng} = settings;
  checkFunction(WHERE, 'createModel', createModel, 'Pass (stage, rng) => model.');
  checkDataset(WHERE, 'dataset', dataset);
  checkRng(WHERE, rng, 'every stage draws from it');
  checkStore(WHERE, settings.checkpoints);
  checkTeacher(settings.teacher);
  const {gamma, upsample, resample, teacherCheckpoint, attack, evaluate} = settings;
  const {selectBy, onEpoch, checkpoints, checkpointKey, signal, onProgress} = settings;
  checkOneOf(WHERE, 'teacherCheckpoint', teacherCheckpoint, ['last', 'best']);
  checkOneOf(WHERE, 'resample', resample, ['once', 'per-epoch']);
  const counts = classCounts(dataset.labels, dataset.numClasses);
  const first: FirstStage = isModel(settings.teacher)
    ? {model: settings.teacher, recipe: {}, indices: null, train: () => Promise.resolve(null)}
    : await prepareTeacher(settings.teacher);
  const teacher = scoredClassifier<I>(first.model, first.recipe);

  const studentRecipe = recipeOf(
    'student',
    settings.student(teacher),
    {
      ...STUDENT,
      method: () => selfDistillationTraining<I>({teacher, classCounts: counts, attack}),
    },
    dataset.labels.length,
  );
  const taught = await first.train();
  const student = await createModel('student', rng.fork('weights').fork('student'));
  return {
    balancedIndices: first.indices,
    teacher: {model: first.model, result: taught},
    student: {model: student, result: await run('student', student, studentRecipe, dataset)},
  };

  interface FirstStage {
    readonly model: TrainableModel<I>;
    readonly recipe: Pick<Recipe<I>, 'head'>;
    readonly indices: Int32Array | null;
    readonly train: () => Promise<TrainingResult | null>;
  }

  async function prepareTeacher(partial: Partial<Recipe<I>>): Promise<FirstStage> {
    const data = teacherData(WHERE, dataset, {
      ...{gamma, upsample, resample, rng: rng.fork('balancedSubset')},
    });
    const paper = {...TEACHER, method: () => pgdTraining<I>({attack})};
    const recipe = data.withBatches(recipeOf('teacher', partial, paper, data.drawn.length));
    const model = await createModel('teacher', rng.fork('weights').fork('teacher'));
    return {
      ...{model, recipe, indices: data.indices},
      async train() {
        const result = await run('teacher', model, recipe, data.dataset);
        restoreModelState(model, result[teacherCheckpoint].state);
        return result;
      },
    };
  }

  function run(
    stage: SelfDistillationStage,
    model: TrainableModel<I>,
    recipe: Recipe<I>,
    data: Dataset<I>,
  ): Promise<TrainingResult> {
    return train(model, data, recipe, {
      ...{rng: rng.fork(stage), phase: stage, signal, onProgress, evaluate, selectBy},
      onEpoch: (record) => onEpoch?.(record, stage),
      ...{checkpoints, checkpointKey: `${checkpointKey}/${stage}`},
    });
  }
}

function checkTeacher(teacher: unknown): void {
  if (typeof teacher === 'object' && teacher !== null) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'teacher',
    expected: 'be a recipe, or a model that is trained already',
    found: describeValue(teacher),
    remedy: 'Pass {epochs: 30}, say, or a tf.LayersModel.',
  });
}

const isModel = <I extends tf.Tensor>(
  value: Partial<Recipe<I>> | TrainableModel<I>,
): value is TrainableModel<I> => isTrainable(value) || isLayersModel(value);

// An epoch without a batch is refused here, not after the teacher was trained.
function recipeOf<I extends tf.Tensor>(
  stage: SelfDistillationStage,
  given: Partial<Recipe<I>>,
  paper: {epochs: number; batchSize: number; method: () => Recipe<I>['method']},
  examples: number,
): Recipe<I> {
  const where = `${WHERE}, ${stage}`;
  const {method = paper.method()} = plainOptions(where, given, 'epochs');
  const recipe = paperRecipe(where, given, {...paper, method});
  const {dropLast, batchSize, batches} = recipe;
  const isEmpty = batches === undefined && dropLast === true && (batchSize ?? 0) > examples;
  if (!isEmpty) return recipe;
  throw new InvalidArgumentError({
    where,
    argument: 'batchSize',
    expected: `be at most the ${examples} examples of the stage, for dropLast leaves the rest out`,
    found: String(batchSize),
    remedy: 'Lower it, or pass dropLast: false.',
  });
}
