import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../attacks/pgdAttack';
import type {Attack} from '../../core/attack';
import {asTrainableClassifier, type TrainableClassifier} from '../../core/classifier';
import {createRng} from '../../core/rng';
import type {Norm} from '../../core/threatModel';
import type {TrainingMethod} from '../../core/trainingMethod';
import {atBslTraining} from '../../methods/atBslTraining';
import {naturalTraining} from '../../methods/naturalTraining';
import {pgdTraining} from '../../methods/pgdTraining';
import {evaluateRobustness} from '../../metrics/evaluateRobustness';
import {fileCheckpoints} from '../../node/fileCheckpoints';
import {fileModel} from '../../node/fileModel';
import {sgd} from '../../optimizers/sgd';
import {epsilonText, percent} from '../../report/format';
import {classCounts as countClasses} from '../../samplers/classCounts';
import {train} from '../../training/train';
import {CliError, EXIT} from '../cliError';
import {rangeOf, readInputs} from '../readInputs';
import {progressOf} from '../terminal';
import type {InputOptions, ModelContext} from './evaluate';

/** Options of `harden`. */
export interface HardenOptions extends InputOptions {
  readonly method: string;
  readonly out: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly norm: Norm;
  readonly epsilon: number;
  readonly steps: number;
  readonly checkpoints?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What a method is made of. */
interface MethodParts {
  readonly attack: Attack;
  readonly classCounts: readonly number[];
}

/** The methods of the command line, and what help says of them. */
export const METHODS: Readonly<
  Record<string, {readonly what: string; readonly make: (parts: MethodParts) => TrainingMethod}>
> = {
  pgd: {what: 'PGD adversarial training', make: ({attack}) => pgdTraining({attack})},
  'at-bsl': {
    what: 'the same with balanced softmax, for long tails',
    make: ({attack, classCounts}) => atBslTraining({attack, classCounts}),
  },
  natural: {what: 'training on clean images', make: () => naturalTraining()},
};

/** A model that takes pixels from 0 to 1, of one that takes another range. */
function scaled(
  model: TrainableClassifier,
  [min, max]: readonly [number, number],
): TrainableClassifier {
  const scale = (x: tf.Tensor4D): tf.Tensor4D => tf.add(tf.mul(x, max - min), min);
  return {
    ...model,
    inference: (x) => model.inference(scale(x)),
    training: (x) => model.training(scale(x)),
  };
}

/** Trains a model on attacked images and writes it. */
export async function harden(
  model: string,
  data: string,
  options: HardenOptions,
  {terminal, signal}: ModelContext,
): Promise<number> {
  const {method, norm, epsilon, steps, epochs, batchSize, learningRate, seed} = options;
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (known === undefined) {
    throw new CliError(
      `There is no method "${method}". There are: ${Object.keys(METHODS).join(', ')}.`,
    );
  }
  const inputRange = rangeOf(options.inputRange);
  const inputs = await readInputs(model, data, options);
  const {dataset} = inputs.data;
  const {classCounts = countClasses(dataset.labels, dataset.numClasses)} = inputs.data;
  const {layers, dispose} = inputs.model;
  if (layers === undefined) {
    throw new CliError(
      'A graph model has no variables to train: save the Keras model as a layers model.',
    );
  }
  try {
    const attack: Attack = (m, x, y, context) =>
      pgdAttack(m, x, y, {...context, norm, epsilon, steps, checkValues: false});
    const classifier = scaled(asTrainableClassifier(layers), inputRange);
    const progress = progressOf(terminal);
    const checkpoints = options.checkpoints;
    const recipe = {
      ...{method: known.make({attack, classCounts}), epochs, batchSize},
      optimizer: () => sgd({learningRate, momentum: 0.9, weightDecay: 5e-4}),
    };
    const {history} = await train(classifier, dataset, recipe, {
      ...{rng: createRng(seed), signal, onProgress: progress.show},
      ...(checkpoints === undefined
        ? {}
        : {checkpoints: fileCheckpoints(checkpoints), checkpointKey: `harden-${method}`}),
    }).finally(progress.stop);
    await layers.save(fileModel(options.out));
    const indices = Array.from({length: Math.min(500, dataset.labels.length)}, (_, i) => i);
    const report = await evaluateRobustness(classifier, dataset, {
      ...{indices, rng: createRng(seed), signal},
      attacks: {pgd: attack},
    });
    const [clean, robust] = [report.clean.accuracy, report.attacks.pgd?.accuracy ?? null];
    const loss = history.at(-1)?.loss ?? NaN;
    if (options.json === true) {
      terminal.out(`${JSON.stringify({method, epochs, loss, clean, robust, out: options.out})}\n`);
    } else {
      terminal.out(
        `Trained by ${method} for ${epochs} epochs; loss ${loss.toFixed(3)}.\n` +
          `On ${indices.length} of the training images: clean ${percent(clean)}, under PGD at ` +
          `${epsilonText(epsilon)} ${percent(robust)}.\nWritten: ${options.out}\n` +
          'Measure it on images that it has not seen: lt-robust evaluate.\n',
      );
    }
    return EXIT.ok;
  } finally {
    dispose();
  }
}
