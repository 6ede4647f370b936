import type * as tf from '@tensorflow/tfjs-core';

import type {EvaluationAttack} from '../core/attack';
import {checkSource, datasetFrom, type DatasetSource} from '../core/asDataset';
import {forExamples} from '../core/byExample';
import type {CheckpointStore} from '../core/checkpoint';
import {checkCount} from '../core/checks/checkTensors';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {batchAt} from '../core/datasets/batchAt';
import {disposeAfter} from '../core/memory';
import {type Defaults, withDefaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {checkStore} from '../core/savedRun';
import {logitsAt} from '../math/logitsAt';
import {checkAttacks, selectClasses, selectExamples} from './evaluationSelection';
import type {ClassSelection} from './robustnessReport';

/** Options of `evaluateRobustness`. */
export interface EvaluateRobustnessOptions<
  I extends tf.Tensor = tf.Tensor4D,
  Name extends string = string,
> extends RunControl {
  /** Attacks by the names that the report gives them. @defaultValue \{\}, clean inputs only */
  readonly attacks?: Readonly<Record<Name, EvaluationAttack<I>>> | undefined;
  /** Classes to report together, by name (head, medium, ...). @defaultValue \{\} */
  readonly groups?: Readonly<Record<string, readonly number[]>> | undefined;
  /**
   * The tail: its classes, or how many of the rarest in `classCounts`.
   * @defaultValue undefined, no tail
   */
  readonly tail?: number | readonly number[] | undefined;
  /** Training examples of each class; defines the tail. @defaultValue undefined */
  readonly classCounts?: ArrayLike<number> | undefined;
  /** Examples attacked at a time. It changes memory and speed, not results. @defaultValue 100 */
  readonly batchSize?: number | undefined;
  /**
   * Randomness of the attacks; each gets `rng.fork(name)` with the dataset index of every example,
   * so that results depend neither on the batch size nor on the other attacks.
   * @defaultValue undefined, attacks start where they do without one
   */
  readonly rng?: Rng | undefined;
  /**
   * Whether an example counts as robust only if its clean input is classified right, too. An attack
   * with a random start may turn a wrong answer into a right one. @defaultValue false
   */
  readonly strict?: boolean | undefined;
  /** Which examples, by dataset index. @defaultValue undefined, all */
  readonly indices?: ArrayLike<number> | undefined;
  /** Whether the report lists the predicted class of every example. @defaultValue false */
  readonly predictions?: boolean | undefined;
  /**
   * Saves the evaluation after every batch, and resumes from there. The report is then the same as
   * without the interruption, whatever the batch size. @defaultValue undefined
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Key of this evaluation in `checkpoints`. @defaultValue 'evaluateRobustness' */
  readonly checkpointKey?: string | undefined;
}

type NoDefault = 'tail' | 'classCounts' | 'rng' | 'indices' | 'checkpoints' | keyof RunControl;

type Settings<I extends tf.Tensor> = Defaults<EvaluateRobustnessOptions<I>, NoDefault>;

const DEFAULTS: Settings<never> & {readonly attacks: Record<string, never>} = {
  attacks: {},
  groups: {},
  tail: undefined,
  classCounts: undefined,
  batchSize: 100,
  rng: undefined,
  strict: false,
  indices: undefined,
  predictions: false,
  checkpoints: undefined,
  checkpointKey: 'evaluateRobustness',
  signal: undefined,
  onProgress: undefined,
};

/** An evaluation whose arguments are checked: what, on which examples, and how. */
export interface PreparedEvaluation<I extends tf.Tensor> {
  /** Public function, for error messages. */
  readonly where: string;
  readonly classify: Classifier<I>;
  readonly dataset: Dataset<I>;
  readonly settings: Settings<I>;
  readonly selection: ClassSelection;
  /** Dataset indices of all examples, in their order. */
  readonly indices: Int32Array;
}

/** Checks the arguments of an evaluation, before the first pass through the model. */
export async function prepareEvaluation<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  source: DatasetSource<I>,
  options: EvaluateRobustnessOptions<I>,
): Promise<PreparedEvaluation<I>> {
  checkSource(where, 'dataset', source);
  const settings = withDefaults<Settings<I>>(where, DEFAULTS, options);
  const classify = asClassifier<I>(model, where);
  checkCount(where, 'batchSize', settings.batchSize);
  checkAttacks(where, settings.attacks);
  checkStore(where, settings.checkpoints);
  const dataset = await datasetFor(where, source, classify);
  const selection = selectClasses(where, settings, dataset.numClasses);
  const indices = selectExamples(where, dataset, settings.indices);
  return {where, classify, dataset, settings, selection, indices};
}

// Labels alone may lack the last class.
async function datasetFor<I extends tf.Tensor>(
  where: string,
  source: DatasetSource<I>,
  classify: Classifier<I>,
): Promise<Dataset<I>> {
  const dataset = await datasetFrom(where, source);
  if (dataset === source || 'numClasses' in source) return dataset;
  return disposeAfter(async (own) => {
    const {x, labels, exampleIds = [0]} = await batchAt(where, dataset, [0]);
    own([x, labels]);
    const logits = own(logitsAt(where, forExamples(classify, exampleIds), x));
    return {...dataset, numClasses: Math.max(dataset.numClasses, logits.shape[1] ?? 0)};
  });
}
