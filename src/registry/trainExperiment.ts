import {checkFunction} from '../core/checks/checkForm';
import {checkGiven} from '../core/checks/checkGiven';
import {checkDataset} from '../core/checks/checkParts';
import {isPlainObject, plainOptions, withDefaults, type Defaults} from '../core/options';
import {checkRng} from '../core/checks/checkRng';
import type {CheckpointStore} from '../core/checkpoint';
import {asClassifier, type Classifier, type Model, type TrainableModel} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {InvalidArgumentError, isInvalidArgumentError} from '../core/errors';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import type {Recipe} from '../training/recipe';
import type {RunOptions} from '../training/runOptions';
import {scoredClassifier} from '../training/scored';
import {teacherData} from '../training/teacherStage';
import {train} from '../training/train';
import {restoreModelState} from '../training/trainerState';
import type {EpochRecord, TrainingResult} from '../training/trainingResult';
import {teachersOf} from './checkCombination';
import type {CheckedExperiment, CheckedTeacher, WrittenExperiment} from './checkedExperiment';
import {checkExperiment} from './checkExperiment';
import {recipeOfChecked} from './recipeOf';
import {refuseName, WHERE} from './refuse';

/** How an experiment is run. */
export interface ExperimentRun extends RunControl {
  /**
   * Makes a fresh, built model for each training: for a teacher, under its name, and for `'student'`,
   * which every experiment has. Seed its initialisers from `rng`; the caller disposes it.
   */
  readonly createModel: (stage: string, rng: Rng) => TrainableModel | Promise<TrainableModel>;
  /** The training set. */
  readonly dataset: Dataset;
  /** Source of all randomness. Only forked, never advanced. */
  readonly rng: Rng;
  /** Teachers that are trained already, by the names under which the experiment asks for them. @defaultValue none */
  readonly teachers?: Readonly<Record<string, Model>> | undefined;
  /**
   * Measures the classifier that is scored after an epoch of a training; `phase` says which
   * training. @defaultValue none
   */
  readonly evaluate?: RunOptions['evaluate'] | undefined;
  /** The metric whose highest value makes an epoch the best. @defaultValue none: the last is */
  readonly selectBy?: string | undefined;
  /** Called after each epoch of each training. @defaultValue none */
  readonly onEpoch?: ((record: EpochRecord, stage: string) => void | Promise<void>) | undefined;
  /**
   * Where each epoch of each training is saved, and what an interrupted run resumes from.
   * @defaultValue none
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** The trainings are saved under `<key>/<stage>`. @defaultValue 'experiment' */
  readonly checkpointKey?: string | undefined;
}

/** One training of an experiment. */
export interface TrainedStage {
  /** The model: a teacher in the state that teaches, the student in its last state. */
  readonly model: TrainableModel;
  /** The classifier that is scored, the recipe's head included. */
  readonly classifier: Classifier;
  /** Its training. */
  readonly result: TrainingResult;
}

/** What {@link trainExperiment} gives. */
export interface ExperimentResult {
  /** The experiment, with every name spelt out. */
  readonly experiment: CheckedExperiment;
  /** The teachers that were trained, by name. */
  readonly teachers: Readonly<Record<string, TrainedStage>>;
  /** The student: the training that the experiment is of. */
  readonly student: TrainedStage;
}

/**
 * Runs an experiment: trains its teachers, in their order, and then the student. A teacher may ask for
 * one that stands before it. With one teacher of the name `teacher`, trained by `pgd-at` on the
 * balanced set, and the student of `self-distillation`, it is `trainSelfDistilled`, with the same
 * numbers.
 *
 * @param experiment - As written, in a file or in a program.
 * @param run - See {@link ExperimentRun}; `createModel`, `dataset` and `rng` are required.
 * @returns All models with their trainings; the caller disposes the models.
 * @throws {@link InvalidArgumentError} as {@link recipeOf} does, before anything is trained.
 * @throws {@link NonFiniteLossError} if a training diverges.
 * @throws the signal's reason if aborted.
 * @example
 * ```ts
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {createRng} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {trainExperiment} from 'lt-robust/registry';
 *
 * const pixels = new Float32Array([0, 0.1, 0.2, 0.3, 0.9, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 0, 0, 1, 1], {shape: [1, 1, 1], numClasses: 2});
 * const createModel = () =>
 *   sequential({
 *     layers: [layers.flatten({inputShape: [1, 1, 1]}), layers.dense({units: 2})],
 *   });
 * const {student, teachers} = await trainExperiment(
 *   {
 *     method: 'at-bsl',
 *     wrappers: [{name: 'distillation', teacher: 'balanced', weight: 2}],
 *     teachers: {balanced: {method: 'trades', data: 'balanced', epochs: 1, batchSize: 2}},
 *     epochs: 2,
 *     batchSize: 3,
 *   },
 *   {createModel, dataset, rng: createRng(7)},
 * );
 * Object.keys(teachers); // => ['balanced']
 * student.result.history.length; // => 2
 * ```
 */
export async function trainExperiment(
  experiment: WrittenExperiment,
  run: ExperimentRun,
): Promise<ExperimentResult> {
  const checked = checkExperiment(experiment);
  checkRun(run);
  const {dataset, rng} = run;
  checkRng(WHERE, rng, 'every training draws from it');
  rehearse(checked, run);
  const known: Record<string, Model> = {...run.teachers};
  const teachers: Record<string, TrainedStage> = {};
  for (const [name, teacher] of Object.entries(checked.teachers)) {
    const data = dataOf(teacher, dataset, rng);
    const seen = {labels: data.drawn, numClasses: dataset.numClasses};
    const recipe = data.withBatches(recipeOfChecked(teacher, {dataset: seen, teachers: known}));
    const stage = await trainStage(name, recipe, data.dataset, run);
    const {model, result} = stage;
    if (teacher.checkpoint === 'best') restoreModelState(model, result.best.state);
    teachers[name] = stage;
    known[name] = stage.classifier;
  }
  const recipe = recipeOfChecked(checked, {dataset, teachers: known});
  const student = await trainStage('student', recipe, dataset, run);
  return {experiment: checked, teachers, student};
}

// Makes every recipe with stand-ins for the teachers, so that mistakes show before the teachers are
// trained.
function rehearse(checked: CheckedExperiment, {dataset, teachers}: ExperimentRun): void {
  const known: Record<string, Model> = {...teachers};
  const standIn: Classifier = () => {
    throw new Error('a teacher that is not trained yet was asked');
  };
  for (const [name, teacher] of [
    ...Object.entries(checked.teachers),
    ['student', checked],
  ] as const) {
    const missing = teachersOf(teacher).find((each) => !Object.hasOwn(known, each));
    if (missing !== undefined) {
      refuseName('teacher', 'one of teachers, or handed over', missing, Object.keys(known));
    }
    recipeOfChecked(teacher, {dataset, teachers: known});
    known[name] = standIn;
  }
}

function dataOf({data = 'all'}: CheckedTeacher, dataset: Dataset, rng: Rng) {
  if (data === 'all') {
    return {dataset, drawn: dataset.labels, withBatches: (recipe: Recipe): Recipe => recipe};
  }
  const {
    gamma = 'auto',
    upsample = 'with-replacement',
    resample = 'once',
  } = data === 'balanced' ? {} : data;
  const drawing = {gamma, upsample, resample, rng: rng.fork('balancedSubset')};
  return teacherData(WHERE, dataset, drawing);
}

async function trainStage(
  stage: string,
  recipe: Recipe,
  data: Dataset,
  run: ExperimentRun,
): Promise<TrainedStage> {
  const {createModel, rng, evaluate, selectBy, onEpoch, checkpoints, signal, onProgress} = run;
  const {checkpointKey = 'experiment'} = run;
  const model = await createModel(stage, rng.fork('weights').fork(stage));
  const result = await train(model, data, recipe, {
    ...{rng: rng.fork(stage), phase: stage, signal, onProgress, evaluate, selectBy},
    onEpoch: (record) => onEpoch?.(record, stage),
    ...{checkpoints, checkpointKey: `${checkpointKey}/${stage}`},
  });
  return {model, classifier: scoredClassifier(model, recipe), result};
}

function checkTeacher(name: string, teacher: Model): void {
  try {
    asClassifier(teacher, WHERE);
  } catch (error) {
    if (!isInvalidArgumentError(error)) throw error;
    const {where, expected, found, remedy} = error;
    const argument = `teachers.${name}`;
    throw new InvalidArgumentError({where, argument, expected, found, remedy});
  }
}

// The run itself is passed on as it was given.
function checkRun(run: ExperimentRun): void {
  const defaults: Defaults<ExperimentRun, Exclude<keyof ExperimentRun, 'checkpointKey'>> = {
    ...{createModel: undefined, dataset: undefined, rng: undefined, teachers: undefined},
    ...{evaluate: undefined, selectBy: undefined, onEpoch: undefined, checkpoints: undefined},
    ...{checkpointKey: 'experiment', signal: undefined, onProgress: undefined},
  };
  const {createModel, dataset, teachers} = withDefaults(WHERE, defaults, run);
  checkFunction(WHERE, 'createModel', createModel, 'Pass (stage, rng) => model.');
  checkDataset(WHERE, 'dataset', dataset);
  if (teachers === undefined) return;
  const isTable = isPlainObject(teachers);
  checkGiven(WHERE, 'teachers', teachers, isTable, 'be models by name', 'Pass {name: model}.');
  for (const [name, teacher] of Object.entries(plainOptions(WHERE, teachers, 'name'))) {
    checkTeacher(name, teacher);
  }
}
