import type * as tf from '@tensorflow/tfjs-core';

import type {EvaluationAttack} from '../core/attack';
import type {Classifier} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {createRng, type Rng} from '../core/rng';
import type {Norm} from '../core/threatModel';
import type {EvaluateRobustnessOptions} from '../metrics/prepareEvaluation';
import {tailClasses} from '../metrics/tailClasses';
import {epsilonText} from '../report/format';
import {shuffle} from '../samplers/shuffle';
import {ATTACKS, type AttackSettings} from './attackByName';
import {CliError} from './cliError';
import {type InputsOptions, readInputs} from './readInputs';

/** What decides the numbers of an evaluation, beside the model and the data. */
export interface EvaluationOptions extends InputsOptions {
  readonly attack: readonly string[];
  readonly norm: Norm;
  readonly epsilon: readonly number[];
  readonly steps?: number | undefined;
  readonly tail?: number | undefined;
  readonly examples?: number | undefined;
  readonly batchSize: number;
  readonly seed: number;
}

/** An attack at one epsilon. */
export interface NamedAttack {
  /** What the report calls it. */
  readonly title: string;
  readonly name: string;
  readonly norm: Norm;
  readonly epsilon: number;
  readonly run: EvaluationAttack<tf.Tensor4D>;
}

/** An evaluation that is ready to run. */
export interface OpenEvaluation {
  readonly classify: Classifier;
  readonly dataset: Dataset;
  readonly classNames?: readonly string[] | undefined;
  readonly classCounts?: readonly number[] | undefined;
  readonly attacks: readonly NamedAttack[];
  readonly rng: Rng;
  /** For `evaluateRobustness` and `evaluateShard`. */
  readonly settings: EvaluateRobustnessOptions<tf.Tensor4D> & {
    readonly indices: Int32Array;
    readonly tail: readonly number[] | undefined;
  };
  dispose(): void;
}

/** The attacks asked for at every epsilon, by the names that the report gives them. */
function namedAttacks({attack, norm, epsilon, steps}: EvaluationOptions): NamedAttack[] {
  const list = attack.flatMap((name) => epsilon.map((radius) => ({name, radius})));
  return list.map(({name, radius}) => {
    const known = Object.hasOwn(ATTACKS, name) ? ATTACKS[name] : undefined;
    if (known === undefined) {
      throw new CliError(
        `There is no attack "${name}". There are: ${Object.keys(ATTACKS).join(', ')}.`,
      );
    }
    const settings: AttackSettings = {norm, epsilon: radius, steps};
    const title = epsilon.length === 1 ? name : `${name} ${epsilonText(radius)}`;
    return {title, name, norm, epsilon: radius, run: known.make(settings)};
  });
}

/** The examples to evaluate: a random choice, or all. */
function chosen(total: number, {examples, seed}: EvaluationOptions): Int32Array {
  const all = Int32Array.from({length: total}, (_, i) => i);
  if (examples === undefined || examples >= total) return all;
  return shuffle(all, createRng(seed).fork('examples')).slice(0, examples).sort();
}

/** Reads model and data of an evaluation; what it is told of them is all that decides its numbers. */
export async function openEvaluation(
  model: string,
  data: string,
  options: EvaluationOptions,
): Promise<OpenEvaluation> {
  const attacks = namedAttacks(options);
  const inputs = await readInputs(model, data, options);
  const {classify, dispose} = inputs.model;
  try {
    const {dataset, classNames, classCounts} = inputs.data;
    if (options.tail !== undefined && classCounts === undefined) {
      throw new CliError('--tail counts the rarest classes in training: give --class-counts.');
    }
    const tail =
      options.tail === undefined || classCounts === undefined
        ? undefined
        : tailClasses(classCounts, options.tail);
    const indices = chosen(dataset.labels.length, options);
    if (indices.length === 0) throw new CliError('No example is left to evaluate.');
    const rng = createRng(options.seed);
    return {
      ...{classify, dataset, classNames, classCounts, attacks, rng, dispose},
      settings: {
        ...{tail, indices, rng, batchSize: options.batchSize, predictions: true},
        attacks: Object.fromEntries(attacks.map(({title, run}) => [title, run])),
      },
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
