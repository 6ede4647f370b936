import type * as tf from '@tensorflow/tfjs-core';

import {entryOf, intAt} from '../core/at';
import type {AttackContext, EvaluationAttack} from '../core/attack';
import {forExamples} from '../core/byExample';
import {checkSource, datasetFrom, type DatasetSource} from '../core/asDataset';
import type {CheckpointStore} from '../core/checkpoint';
import {checkBatch, checkCount} from '../core/checks/checkTensors';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {disposeAfter} from '../core/memory';
import {type Defaults, withDefaults} from '../core/options';
import {breathe, type RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {checkStore} from '../core/savedRun';
import {attackAndPredict, predict} from './attackAndPredict';
import {count, countsFrom, scoresOf, stateOf, sumOf} from './evaluationCounts';
import {checkAttacks, selectClasses, selectExamples} from './evaluationSelection';
import {openEvaluation, type AttackAnswer} from './openEvaluation';
import type {RobustnessReport} from './robustnessReport';
import {prepareEvaluation, type EvaluateRobustnessOptions} from './prepareEvaluation';
import {runEvaluation} from './runEvaluation';

const WHERE = 'evaluateRobustness';

/** Options of {@link evaluateRobustness}. */
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
  /** Examples attacked at a time; changes memory and speed, not results. @defaultValue 100 */
  readonly batchSize?: number | undefined;
  /**
   * Randomness of the attacks; each gets `rng.fork(name)` with the dataset index of every example,
   * so that results depend neither on the batch size nor on the other attacks.
   * @defaultValue undefined, attacks start where they do without one
   */
  readonly rng?: Rng | undefined;
  /**
   * Whether an example counts as robust only if its clean input is classified right, too. An
   * attack that starts at random may put a wrong one right. @defaultValue false
   */
  readonly strict?: boolean | undefined;
  /** Which examples, by dataset index. @defaultValue undefined, all */
  readonly indices?: ArrayLike<number> | undefined;
  /** Whether the report lists the predicted class of every example. @defaultValue false */
  readonly predictions?: boolean | undefined;
  /**
   * Saves the evaluation after every batch, and goes on from there: the report is then as if it had
   * never stopped, whatever the batch size. @defaultValue undefined
   */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Key of this evaluation in `checkpoints`. @defaultValue 'evaluateRobustness' */
  readonly checkpointKey?: string | undefined;
}

type Optional =
  'tail' | 'classCounts' | 'rng' | 'indices' | 'checkpoints' | 'signal' | 'onProgress';

const defaultsFor = <I extends tf.Tensor>(): Defaults<EvaluateRobustnessOptions<I>, Optional> => ({
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
});

/**
 * Measures a model on clean inputs and under named attacks: overall, per class, per group of
 * classes and on the tail, each with a 95 % interval. An example is robust if the model still
 * gives its label on the input that the attack found. Works batch by batch in constant memory.
 *
 * @param model - A function `x` to logits, or a `tf.LayersModel` (run in inference mode); nothing
 *   in it changes.
 * @param source - Labelled examples, at least one: a {@link Dataset}, or what `asDataset` of lt-robust/data takes.
 *   Where that does not say how many classes there are, there are as many as the model has.
 * @param options - See {@link EvaluateRobustnessOptions}. `onProgress` is called after each batch
 *   with the accuracies so far, by attack and as `clean`.
 * @returns Plain data; see {@link RobustnessReport}. Of attacks that count their passes or are made
 *   of components (`autoAttackForEvaluation`, say) it has the cost and the scores after each component, too.
 * @throws {@link InvalidArgumentError} if there is no example, a label or class is out of range, a
 *   tail is counted without `classCounts`, the model's output is not logits of these classes, or
 *   an attack returns something else than finite values of its input's shape.
 * @throws {@link UnusableGradientError} if no example has a gradient that an attack could follow; if
 *   some have none, the attack's score has a warning. What an attack or
 *   `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @throws {@link CheckpointMismatchError} if the checkpoint is of another evaluation: one of another
 *   model, other examples, attacks or randomness.
 * @see Long-tailed Adversarial Training with Self-Distillation, Definition 1 (robust error) and
 *   Sec. 5.1 (tail).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {type Attack, evaluateRobustness, fgsmAttack} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.4, 0.6, 0.9]), [0, 0, 1, 1], {
 *   shape: [1, 1, 1],
 *   numClasses: 2,
 * });
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const attacks = {
 *   fgsm: (m, x, labels) => fgsmAttack(m, x, labels, {epsilon: 0.2}),
 * } satisfies Record<string, Attack>;
 * const report = await evaluateRobustness(model, dataset, {attacks});
 * report.clean.accuracy; // => 1
 * report.attacks.fgsm.accuracy; // => 0.5
 * ```
 */
export async function evaluateRobustness<
  I extends tf.Tensor = tf.Tensor4D,
  Name extends string = string,
>(
  model: Model<I>,
  source: DatasetSource<I>,
  options: EvaluateRobustnessOptions<I, Name> = {},
): Promise<RobustnessReport<Name>> {
  checkSource(WHERE, 'dataset', source);
  const settings = withDefaults(WHERE, defaultsFor<I>(), options);
  const {attacks, batchSize, rng, strict, predictions, signal, onProgress} = settings;
  const classify = asClassifier<I>(model, WHERE);
  checkCount(WHERE, 'batchSize', batchSize);
  checkAttacks(WHERE, attacks);
  checkStore(WHERE, settings.checkpoints);
  const dataset = await datasetFor(source, classify);
  const {numClasses} = dataset;
  const selection = selectClasses(WHERE, settings, numClasses);
  const indices = selectExamples(WHERE, dataset, settings.indices);

  const contextOf = (name: string, ids: Int32Array): AttackContext => ({
    ...{exampleIds: ids, signal},
    ...(rng === undefined ? {} : {rng: rng.fork(name)}),
  });
  const answer = (name: string, ids: Int32Array): Promise<AttackAnswer> =>
    disposeAfter(async (own) => {
      const batch = await dataset.batch(ids);
      own([batch.x, batch.labels]);
      const given = {name, attack: entryOf(attacks, name)};
      const context = contextOf(name, ids);
      const found = await attackAndPredict(
        WHERE,
        forExamples(classify, batch.exampleIds ?? ids),
        batch,
        numClasses,
        {...given, context},
        true,
      );
      return {perturbation: found.perturbation, predicted: Array.from(found.predicted)};
    });
  const {checkpoints, checkpointKey} = settings;
  const opened = await openEvaluation(WHERE, checkpoints, checkpointKey, {
    ...{classify, dataset, indices, attacks, rng, strict, predictions, answer},
  });
  const counts = countsFrom(opened.state, attacks, numClasses);
  const {totals, clean, attacked} = counts;
  const batches = Math.ceil(indices.length / batchSize);

  for (let done = opened.state?.done ?? 0; done < indices.length;) {
    await breathe(signal);
    const ids = indices.subarray(done, done + batchSize);
    const truth = ids.map((id) => intAt(dataset.labels, id));
    await disposeAfter(async (own) => {
      const {x, labels, exampleIds = ids} = await dataset.batch(ids);
      own([x, labels]);
      checkBatch(WHERE, x, labels);
      const seeing = forExamples(classify, exampleIds);
      const predicted = await predict(WHERE, seeing, x, numClasses);
      count(truth, totals, () => true);
      count(truth, clean.correct, (i) => predicted[i] === truth[i]);
      if (predictions) clean.predictions.push(...predicted);
      for (const {name, attack, ledger, ...tally} of attacked) {
        await breathe(signal);
        const given = {name, attack, context: contextOf(name, ids)};
        const found = await attackAndPredict(WHERE, seeing, {x, labels}, numClasses, given);
        ledger.add(found.result, truth);
        if (found.gradients !== undefined) ledger.addGradients(found.gradients);
        count(truth, tally.correct, (i) => {
          const wasRight = !strict || predicted[i] === truth[i];
          return wasRight && found.predicted[i] === truth[i];
        });
        if (predictions) tally.predictions.push(...found.predicted);
      }
    });
    done += ids.length;
    await opened.save(stateOf(done, counts));
    const soFar = [{name: 'clean', ...clean}, ...attacked].map(
      ({name, correct}) => [name, sumOf(correct) / done] as const,
    );
    await onProgress?.({
      ...{phase: 'evaluate', done: Math.ceil(done / batchSize), total: batches, unit: 'batch'},
      metrics: Object.fromEntries(soFar),
    });
  }

  for (const {name, ledger} of attacked) ledger.checkGradients(`${WHERE}, attacks.${name}`);
  return {
    ...{examples: indices.length, numClasses, strict},
    ...scoresOf(counts, selection, predictions),
  };
}

// Labels alone may lack the last class.
async function datasetFor<I extends tf.Tensor>(
  source: DatasetSource<I>,
  classify: Classifier<I>,
): Promise<Dataset<I>> {
  const dataset = await datasetFrom(WHERE, source);
  if (dataset === source || 'numClasses' in source) return dataset;
  return disposeAfter(async (own) => {
    const {x, labels, exampleIds = [0]} = await dataset.batch([0]);
    own([x, labels]);
    const logits = own(tf.tidy(() => forExamples(classify, exampleIds)(x)));
    return {...dataset, numClasses: Math.max(dataset.numClasses, logits.shape[1] ?? 0)};
  });
}
