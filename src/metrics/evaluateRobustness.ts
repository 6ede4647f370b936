import * as tf from '@tensorflow/tfjs-core';

import type {DatasetSource, LabelledExamples} from '../core/asDataset';
import type {Model} from '../core/classifier';
import {isPlainObject} from '../core/options';
import {reportOf} from './evaluationCounts';
import type {RobustnessReport} from './robustnessReport';
import {prepareEvaluation, type EvaluateRobustnessOptions} from './prepareEvaluation';
import {runEvaluation} from './runEvaluation';

const WHERE = 'evaluateRobustness';

/**
 * Measures a model on clean inputs and under named attacks: overall, per class, per group of
 * classes and on the tail, each with a 95 % interval. An example is robust if the model still
 * gives its label on the input that the attack found. Works batch by batch in constant memory.
 *
 * @param model - A function `x` to logits, or a `tf.LayersModel` (run in inference mode); nothing
 *   in it changes.
 * @param source - Labelled examples, at least one: a {@link Dataset}, or what `asDataset` of lt-robust/data takes.
 *   Where that does not say how many classes there are, there are as many as the model has. Examples and
 *   labels may be two arguments: `evaluateRobustness(model, x, labels, options)`.
 * @param options - See {@link EvaluateRobustnessOptions}. `onProgress` is called after each batch
 *   with the accuracies so far, by attack and as `clean`.
 * @returns Plain data; see {@link RobustnessReport}. Of attacks that count their passes or are made
 *   of components (`autoAttackForEvaluation`, say) it has the cost and the scores after each component, too.
 * @throws {@link InvalidArgumentError} if there is no example, a label or class is out of range, a
 *   tail is counted without `classCounts`, the model's output is not logits of these classes, or
 *   an attack returns anything but finite values of its input's shape.
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
export function evaluateRobustness<I extends tf.Tensor = tf.Tensor4D, Name extends string = string>(
  model: Model<I>,
  source: DatasetSource<I>,
  options?: EvaluateRobustnessOptions<I, Name>,
): Promise<RobustnessReport<Name>>;
/**
 * The same with examples and labels as two arguments.
 *
 * @param model - As above.
 * @param x - A tensor `[n, ...]`, which has to outlive the call, or an array of n arrays of numbers.
 * @param labels - n class numbers, or a tensor of one-hot rows.
 * @param options - As above.
 */
export function evaluateRobustness<I extends tf.Tensor = tf.Tensor4D, Name extends string = string>(
  model: Model<I>,
  x: LabelledExamples<I>['x'],
  labels: LabelledExamples<I>['labels'],
  options?: EvaluateRobustnessOptions<I, Name>,
): Promise<RobustnessReport<Name>>;
export async function evaluateRobustness<I extends tf.Tensor, Name extends string>(
  model: Model<I>,
  ...given: readonly unknown[]
): Promise<RobustnessReport<Name>> {
  const [source, options = {}] = together<I, Name>(given);
  const prepared = await prepareEvaluation(WHERE, model, source, options);
  const counts = await runEvaluation(prepared, prepared.indices);
  const {dataset, settings, selection, indices} = prepared;
  return reportOf(WHERE, counts, {
    ...{examples: indices.length, numClasses: dataset.numClasses, strict: settings.strict},
    ...{selection, predictions: settings.predictions},
  });
}

type Together<I extends tf.Tensor, Name extends string> = readonly [
  source: DatasetSource<I>,
  options?: EvaluateRobustnessOptions<I, Name>,
];

// Examples and labels as one argument, whichever way they were given; checked where they are read. What comes
// after examples stands for the labels, unless it is options.
function together<I extends tf.Tensor, Name extends string>(
  given: readonly unknown[],
): Together<I, Name> {
  const [first, second, third] = given;
  const areApart = isData(first) && second !== undefined && !isPlainObject(second);
  return (areApart ? [{x: first, labels: second}, third] : given) as Together<I, Name>;
}

// Neither a dataset nor options.
const isData = (value: unknown): boolean =>
  value instanceof tf.Tensor || Array.isArray(value) || ArrayBuffer.isView(value);
