import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext, EvaluationAttack} from '../core/attack';
import {adversarialOf, type AttackResult} from '../core/attackResult';
import {forExamples} from '../core/byExample';
import {checkBatch, checkCount} from '../core/checks/checkTensors';
import {checkModelOutputAsync, isFiniteAsync} from '../core/checks/checkValues';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import type {Batch, Dataset} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import {withDefaults} from '../core/options';
import {breathe, type RunControl} from '../core/progress';
import type {Rng} from '../core/rng';
import {attackLedger} from './attackLedger';
import {checkAttacks, selectClasses, selectExamples} from './evaluationSelection';
import {predictedClasses} from './predictedClasses';
import {robustnessScore, type RobustnessReport} from './robustnessReport';

const WHERE = 'evaluateRobustness';

/** Options of {@link evaluateRobustness}. */
export interface EvaluateRobustnessOptions<I extends tf.Tensor = tf.Tensor4D> extends RunControl {
  /** Attacks by the names that the report gives them. @defaultValue \{\}, clean inputs only */
  readonly attacks?: Readonly<Record<string, EvaluationAttack<I>>> | undefined;
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
}

const DEFAULTS = {
  attacks: {},
  groups: {},
  tail: undefined as number | readonly number[] | undefined,
  classCounts: undefined as ArrayLike<number> | undefined,
  batchSize: 100,
  rng: undefined as Rng | undefined,
  strict: false,
  indices: undefined as ArrayLike<number> | undefined,
  predictions: false,
  signal: undefined as RunControl['signal'],
  onProgress: undefined as RunControl['onProgress'],
};

/**
 * Measures a model on clean inputs and under named attacks: overall, per class, per group of
 * classes and on the tail, each with a 95 % interval. An example is robust if the model still
 * gives its label on the input that the attack found. Works batch by batch in constant memory.
 *
 * @param model - A function `x` to logits, or a `tf.LayersModel` (run in inference mode); nothing
 *   in it changes.
 * @param dataset - Labelled examples, at least one.
 * @param options - See {@link EvaluateRobustnessOptions}. `onProgress` is called after each batch
 *   with the accuracies so far, by attack and as `clean`.
 * @returns Plain data; see {@link RobustnessReport}. Of attacks that count their passes or are made
 *   of components (`autoAttackForEvaluation`, say) it has the cost and the scores after each component, too.
 * @throws {@link InvalidArgumentError} if there is no example, a label or class is out of range, a
 *   tail is counted without `classCounts`, the model's output is not logits of these classes, or
 *   an attack returns something else than finite values of its input's shape. What an attack or
 *   `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @see Long-tailed Adversarial Training with Self-Distillation, Definition 1 (robust error) and
 *   Sec. 5.1 (tail).
 * @example
 * ```ts
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
export async function evaluateRobustness<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  dataset: Dataset<I>,
  options: EvaluateRobustnessOptions<I> = {},
): Promise<RobustnessReport> {
  const settings = withDefaults<
    Omit<typeof DEFAULTS, 'attacks' | 'groups'> & {
      attacks: Readonly<Record<string, EvaluationAttack<I>>>;
      groups: Readonly<Record<string, readonly number[]>>;
    }
  >(WHERE, DEFAULTS, options);
  const {attacks, batchSize, rng, strict, signal, onProgress} = settings;
  const {numClasses} = dataset;
  const classify = asClassifier<I>(model, WHERE);
  checkCount(WHERE, 'batchSize', batchSize);
  checkAttacks(WHERE, attacks);
  const selection = selectClasses(WHERE, settings, numClasses);
  const indices = selectExamples(WHERE, dataset, settings.indices);

  const totals = new Array<number>(numClasses).fill(0);
  const tally = () => ({correct: totals.map(() => 0), predictions: [] as number[]});
  const clean = tally();
  const attacked = Object.entries(attacks).map(([name, attack]) => ({
    ...{name, attack, ledger: attackLedger(numClasses)},
    ...tally(),
  }));
  const batches = Math.ceil(indices.length / batchSize);

  for (let batch = 0; batch < batches; batch++) {
    await breathe(signal);
    const ids = indices.subarray(batch * batchSize, (batch + 1) * batchSize);
    const truth = ids.map((id) => dataset.labels[id] as number);
    await disposeAfter(async (own) => {
      const {x, labels, exampleIds = ids} = await dataset.batch(ids);
      own([x, labels]);
      checkBatch(WHERE, x, labels);
      const seeing = forExamples(classify, exampleIds);
      const predicted = await predict(seeing, x, numClasses);
      count(truth, totals, () => true);
      count(truth, clean.correct, (i) => predicted[i] === truth[i]);
      if (settings.predictions) clean.predictions.push(...predicted);
      for (const {name, attack, ledger, correct, predictions} of attacked) {
        await breathe(signal);
        const context = {
          ...{exampleIds: ids, signal},
          ...(rng === undefined ? {} : {rng: rng.fork(name)}),
        };
        const found = await attackAndPredict(seeing, {x, labels}, numClasses, {
          ...{name, attack, context},
          keep: (result) => {
            ledger.add(result, truth);
          },
        });
        count(truth, correct, (i) => {
          const wasRight = !strict || predicted[i] === truth[i];
          return wasRight && found[i] === truth[i];
        });
        if (settings.predictions) predictions.push(...found);
      }
    });
    const done = totals.reduce((sum, total) => sum + total, 0);
    const soFar = [{name: 'clean', ...clean}, ...attacked].map(({name, correct}) => [
      name,
      correct.reduce((sum, right) => sum + right, 0) / done,
    ]);
    await onProgress?.({
      phase: 'evaluate',
      done: batch + 1,
      total: batches,
      unit: 'batch',
      metrics: Object.fromEntries(soFar) as Record<string, number>,
    });
  }

  const scoreOf = ({correct, predictions}: ReturnType<typeof tally>) => ({
    ...robustnessScore(correct, totals, selection),
    ...(settings.predictions ? {predictions} : {}),
  });
  return {
    examples: indices.length,
    numClasses,
    strict,
    clean: scoreOf(clean),
    attacks: Object.fromEntries(
      attacked.map((each) => [
        each.name,
        {...scoreOf(each), ...each.ledger.report(totals, selection)},
      ]),
    ),
  };
}

// Adds one to the count of each example's class where `isCounted`.
function count(truth: Int32Array, counts: number[], isCounted: (i: number) => boolean): void {
  truth.forEach((label, i) => {
    if (isCounted(i)) counts[label] = (counts[label] as number) + 1;
  });
}

async function predict<I extends tf.Tensor>(
  classify: Classifier<I>,
  x: I,
  numClasses: number,
): Promise<Int32Array> {
  const logits = tf.tidy(() => classify(x));
  try {
    await checkModelOutputAsync(WHERE, logits, x.shape[0]);
    if (logits.shape[1] === numClasses) return await predictedClasses(logits);
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'model',
      expected: `have the ${numClasses} classes of the dataset`,
      found: `${logits.shape[1]} classes`,
      remedy: 'Pass the model and the dataset of one task.',
    });
  } finally {
    tf.dispose(logits);
  }
}

async function attackAndPredict<I extends tf.Tensor>(
  classify: Classifier<I>,
  {x, labels}: Batch<I>,
  numClasses: number,
  {
    name,
    attack,
    context,
    keep,
  }: {
    name: string;
    attack: EvaluationAttack<I>;
    context: AttackContext;
    keep: (result: I | AttackResult<I>) => void;
  },
): Promise<Int32Array> {
  return disposeAfter(async (own) => {
    const result = await attack(classify, x, labels, context);
    const returned = adversarialOf(result);
    const adversarial = own(returned === x ? tf.clone(x) : returned); // x serves the next attack, too
    const isSameShape =
      adversarial instanceof tf.Tensor &&
      adversarial.dtype === x.dtype &&
      tf.util.arraysEqual(adversarial.shape, x.shape);
    if (!isSameShape || !(await isFiniteAsync(adversarial))) {
      throw new InvalidArgumentError({
        where: WHERE,
        argument: `attacks.${name}`,
        expected: `return ${describeValue(x)}, all finite`,
        found: isSameShape ? 'NaN or infinite values' : describeValue(adversarial),
        remedy: 'Return the perturbed batch.',
      });
    }
    keep(result);
    return predict(classify, adversarial, numClasses);
  });
}
