import type * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../attacks/pgdAttack';
import type {Attack} from '../../core/attack';
import {asTrainableClassifier, type TrainableClassifier} from '../../core/classifier';
import {createRng} from '../../core/rng';
import {evaluateRobustness} from '../../metrics/evaluateRobustness';
import {fileCheckpoints} from '../../node/fileCheckpoints';
import {fileModel} from '../../node/fileModel';
import {epsilonText, percent} from '../../report/format';
import {recipeOf} from '../../registry/recipeOf';
import {scoredClassifier} from '../../training/scored';
import {train} from '../../training/train';
import {CliError, EXIT} from '../cliError';
import {hardenExperiment, type ExperimentOptions} from '../hardenExperiment';
import {inputOf, type ModelInput} from '../modelInput';
import {rangeOf, readInputs} from '../readInputs';
import {type ReadModel, readModel} from '../readModel';
import {progressOf} from '../terminal';
import type {InputOptions, ModelContext} from './evaluate';

/** Options of `harden`. */
export interface HardenOptions extends InputOptions, ExperimentOptions {
  readonly out: string;
  /** Trained teachers, `name=folder`. */
  readonly teacher: readonly string[];
  readonly checkpoints?: string | undefined;
  readonly json?: boolean | undefined;
}

/** A model that takes images of pixels from 0 to 1, of one that takes them otherwise. */
function ofImages(model: TrainableClassifier<tf.Tensor>, input: ModelInput): TrainableClassifier {
  return {
    ...model,
    inference: (x) => model.inference(inputOf(x, input)),
    training: (x) => model.training(inputOf(x, input)),
  };
}

/** Trains a model on attacked images and writes it. */
export async function harden(
  model: string,
  data: string,
  options: HardenOptions,
  {terminal, signal}: ModelContext,
): Promise<number> {
  const {norm, epsilon, steps, seed} = options;
  const experiment = await hardenExperiment(options);
  const method = experiment.method.name;
  const inputRange = rangeOf(options.inputRange);
  const inputs = await readInputs(model, data, options);
  const {dataset} = inputs.data;
  const {layers, input, dispose} = inputs.model;
  if (layers === undefined) {
    throw new CliError(
      'A graph model has no variables to train: save the Keras model as a layers model.',
    );
  }
  const teachers: Record<string, ReadModel> = {};
  try {
    for (const given of options.teacher) {
      const [name = '', place] = given.split(/=(.*)/s);
      if (place === undefined) throw new CliError('--teacher takes name=folder.');
      teachers[name] = await readModel(place, {logits: options.logits, inputRange});
    }
    const taught = Object.entries(teachers).map(([name, {classify}]) => [name, classify] as const);
    const recipe = recipeOf(experiment, {dataset, teachers: Object.fromEntries(taught)});
    const attack: Attack = (m, x, y, context) =>
      pgdAttack(m, x, y, {...context, norm, epsilon, steps, checkValues: false});
    const classifier = ofImages(asTrainableClassifier<tf.Tensor>(layers), input);
    const progress = progressOf(terminal);
    const checkpoints = options.checkpoints;
    const {history} = await train(classifier, dataset, recipe, {
      ...{rng: createRng(seed), signal, onProgress: progress.show},
      ...(checkpoints === undefined
        ? {}
        : {checkpoints: fileCheckpoints(checkpoints), checkpointKey: `harden-${method}`}),
    }).finally(progress.stop);
    await layers.save(fileModel(options.out));
    const indices = Array.from({length: Math.min(500, dataset.labels.length)}, (_, i) => i);
    const report = await evaluateRobustness(scoredClassifier(classifier, recipe), dataset, {
      ...{indices, rng: createRng(seed), signal},
      attacks: {pgd: attack},
    });
    const [clean, robust] = [report.clean.accuracy, report.attacks.pgd?.accuracy ?? null];
    const loss = history.at(-1)?.loss ?? NaN;
    const epochs = history.length;
    if (options.json === true) {
      terminal.out(`${JSON.stringify({method, epochs, loss, clean, robust, out: options.out})}\n`);
    } else {
      terminal.out(
        `Trained by ${method} for ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}; loss ${loss.toFixed(3)}.\n` +
          `On ${indices.length} of the training images: clean ${percent(clean)}, under PGD at ` +
          `${epsilonText(epsilon)} ${percent(robust)}.\nWritten: ${options.out}\n` +
          'Measure it on images that it has not seen: lt-robust evaluate.\n',
      );
    }
    return EXIT.ok;
  } finally {
    for (const teacher of Object.values(teachers)) teacher.dispose();
    dispose();
  }
}
