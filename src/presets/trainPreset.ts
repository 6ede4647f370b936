import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkPreset} from './checkPreset';
import {checkDataset} from '../core/checks/checkParts';
import {checkRng} from '../core/checks/checkRng';
import type {CheckpointStore} from '../core/checkpoint';
import {asClassifier, type Classifier} from '../core/classifier';
import {subset, type Dataset} from '../core/dataset';
import {disposeAfter} from '../core/memory';
import {plainOptions, withDefaults, type Defaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {balancedSubset} from '../samplers/balancedSubset';
import {classCounts} from '../samplers/classCounts';
import type {RunOptions} from '../training/runOptions';
import {train} from '../training/train';
import type {EpochRecord, TrainingResult} from '../training/trainingResult';
import type {Preset, PresetStage} from './preset';
import {gammaOf} from './presetExperiment';
import {presetNetwork} from './presetNetwork';
import {presetRecipe} from './presetRecipe';

/** The trainings of a preset. */
export type PresetStageName = 'teacher' | 'main';

/** Options of {@link trainPreset}. */
export interface TrainPresetOptions extends RunControl {
  /** Source of all randomness. Only forked, never advanced. */
  readonly rng: Rng;
  /**
   * Measures the network of either stage after an epoch, in the form that it is scored in; `phase`
   * says which. Returning nothing skips that epoch. @defaultValue none
   */
  readonly evaluate?: RunOptions['evaluate'] | undefined;
  /** The metric whose highest value makes an epoch the best. @defaultValue none: the last is */
  readonly selectBy?: string | undefined;
  /** Called after each epoch of either stage. @defaultValue none */
  readonly onEpoch?:
    ((record: EpochRecord, stage: PresetStageName) => void | Promise<void>) | undefined;
  /**
   * Where each epoch of both stages is saved, and what an interrupted training resumes from.
   * @defaultValue none
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** The stages are saved under `<key>/teacher` and `<key>/main`. @defaultValue 'preset' */
  readonly checkpointKey?: string | undefined;
  /**
   * Another key for the teacher: presets that share a teacher train it once. @defaultValue none:
   * `<checkpointKey>/teacher`
   */
  readonly teacherKey?: string | undefined;
}

/** A network that {@link trainPreset} trained. */
export interface TrainedStage {
  /** The network, in its last state; the caller disposes it. */
  readonly model: LayersModel;
  /** The form in which it is scored and attacked; reads the model's current weights. */
  readonly classifier: Classifier;
  /** History, best and last state. */
  readonly result: TrainingResult;
}

/** What {@link trainPreset} gives. */
export interface TrainedPreset extends TrainedStage {
  /** The teacher and its training; `null` if the preset has none. */
  readonly teacher: TrainedStage | null;
}

type Optional = Omit<TrainPresetOptions, 'rng'>;

const DEFAULTS: Defaults<Optional, Exclude<keyof Optional, 'checkpointKey'>> = {
  checkpointKey: 'preset',
  ...{evaluate: undefined, selectBy: undefined, onEpoch: undefined, checkpoints: undefined},
  ...{signal: undefined, onProgress: undefined, teacherKey: undefined},
};

const WHERE = 'trainPreset';

/**
 * Trains what a preset says: its teacher first, where it has one, then its network. Nothing of the
 * preset is fixed to the paper's data: the shape of the images and the classes are those of the
 * dataset.
 *
 * @param preset - Of `preset`, at the paper's scale or scaled by {@link scalePreset}.
 * @param dataset - The long-tailed training set; every class has an example.
 * @param options - See {@link TrainPresetOptions}; `rng` is required.
 * @returns The network in its last state, the form in which it is scored, and its training; likewise
 *   the teacher's. The caller disposes both models.
 * @throws {@link InvalidArgumentError} if an option is out of range or a class has no example.
 * @throws {@link NonFiniteLossError} if a training diverges.
 * @throws the signal's reason if aborted. Models are disposed if it throws; with `checkpoints` a later
 *   call goes on from the last epoch.
 * @example
 * ```ts
 * import {createRng} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {preset, scalePreset, trainPreset} from 'lt-robust/presets';
 *
 * const pixels = Float32Array.from({length: 4 * 64}, (_, i) => (i % 7) / 7);
 * const dataset = arrayDataset(pixels, [0, 0, 0, 1], {shape: [8, 8, 1], numClasses: 2});
 * const small = scalePreset(preset('cifar10-lt50/resnet18/at-bsl'), {
 *   epochs: 1,
 *   batchSize: 4,
 *   attackSteps: 1,
 *   network: {name: 'resnet18', width: 1},
 * });
 * const {model, result} = await trainPreset(small, dataset, {rng: createRng(7)});
 * result.history.length; // => 1
 * model.dispose();
 * ```
 */
export async function trainPreset(
  preset: Preset,
  dataset: Dataset,
  options: TrainPresetOptions,
): Promise<TrainedPreset> {
  checkPreset(WHERE, preset);
  checkDataset(WHERE, 'dataset', dataset);
  const {rng, ...optional} = plainOptions(WHERE, options, 'rng');
  checkRng(WHERE, rng, 'every stage draws from it');
  const settings = withDefaults(WHERE, DEFAULTS, optional);
  const {evaluate, selectBy, onEpoch, checkpoints, checkpointKey, signal, onProgress} = settings;
  const keys = {
    teacher: settings.teacherKey ?? `${checkpointKey}/teacher`,
    main: `${checkpointKey}/main`,
  };
  const counts = classCounts(dataset.labels, dataset.numClasses);
  const inputShape = await imageShape(dataset);
  const made: LayersModel[] = [];
  try {
    const {teacher: first, main: second} = preset;
    const teacher = first === null ? null : await trainStage('teacher', first, undefined);
    return {...(await trainStage('main', second, teacher?.classifier)), teacher};
  } catch (error) {
    for (const model of made) model.dispose();
    throw error;
  }

  async function trainStage(
    name: PresetStageName,
    stage: PresetStage,
    teacher: Classifier | undefined,
  ): Promise<TrainedStage> {
    const seed = rng.fork('weights').fork(name).seed();
    const model = presetNetwork(stage, {inputShape, numClasses: dataset.numClasses, seed});
    made.push(model);
    const recipe = presetRecipe(stage, {dataset, teacher});
    const result = await train(model, dataOf(stage), recipe, {
      ...{rng: rng.fork(name), phase: name, signal, onProgress, evaluate, selectBy},
      onEpoch: onEpoch && ((record) => onEpoch(record, name)),
      ...{checkpoints, checkpointKey: keys[name]},
    });
    const classify = asClassifier(model, WHERE);
    return {model, classifier: recipe.head?.(classify) ?? classify, result};
  }

  function dataOf({balanced}: PresetStage): Dataset {
    if (balanced === null) return dataset;
    const gamma = gammaOf(balanced.gammaPerRatio, Math.max(...counts) / Math.min(...counts));
    const draw = rng.fork('balancedSubset');
    return subset(dataset, balancedSubset(dataset.labels, dataset.numClasses, {gamma, rng: draw}));
  }
}

const imageShape = (dataset: Dataset): Promise<[height: number, width: number, channels: number]> =>
  disposeAfter(async (own) => {
    const {x, labels} = await dataset.batch([0]);
    own([x, labels]);
    const [, height, width, channels] = x.shape;
    return [height, width, channels];
  });
