import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../core/describeValue';
import {checkDataset} from '../core/checks/checkParts';
import {checkFunction} from '../core/checks/checkForm';
import {checkGiven} from '../core/checks/checkGiven';
import {at, intAt} from '../core/at';
import type {EvaluationAttack} from '../core/attack';
import {adversarialOf} from '../core/attackResult';
import {checkIndices} from '../core/checks/checkIndices';
import {checkCount, isTensor} from '../core/checks/checkTensors';
import {asClassifier, type Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {disposeAfter} from '../core/memory';
import {type Defaults, withDefaults} from '../core/options';
import {breathe} from '../core/progress';
import type {Rng} from '../core/rng';
import type {ReportExample} from './exampleSection';

/** Options of {@link hardestExamples}. */
export interface HardestExamplesOptions {
  /** Largest number of examples. @defaultValue 12 */
  readonly count?: number | undefined;
  /** Which examples to look at, by dataset index. @defaultValue undefined, all */
  readonly indices?: ArrayLike<number> | undefined;
  /** Examples attacked at a time. @defaultValue 100 */
  readonly batchSize?: number | undefined;
  /** Randomness of the attack; forked, never advanced. @defaultValue undefined */
  readonly rng?: Rng | undefined;
  /** Aborting it rejects the call with its `reason`. @defaultValue undefined */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS: Defaults<HardestExamplesOptions, 'indices' | 'rng' | 'signal'> = {
  count: 12,
  indices: undefined,
  batchSize: 100,
  rng: undefined,
  signal: undefined,
};

/** How confident a model is of a class: its logit minus the largest other one. */
function marginsOf(logits: Float32Array, labels: readonly number[], numClasses: number): number[] {
  return labels.map((label, row) => {
    const scores = Array.from(logits.subarray(row * numClasses, (row + 1) * numClasses));
    const own = at(scores, label);
    return own - Math.max(...scores.filter((_, i) => i !== label));
  });
}

/** The class with the largest logit, the lowest index where several tie. */
const answerOf = (logits: Float32Array, row: number, numClasses: number): number => {
  const scores = logits.subarray(row * numClasses, (row + 1) * numClasses);
  return scores.indexOf(Math.max(...scores));
};

/**
 * The examples that show most plainly what an attack does: the model classifies them correctly and
 * with confidence, and the attack breaks them. The most confident come first, with clean and
 * perturbed pixels and both answers, for `reportHtml`.
 *
 * @param model - What attacks take as their model.
 * @param dataset - Images with labels.
 * @param attack - Any attack; bind its options by a closure.
 * @param options - See {@link HardestExamplesOptions}.
 * @returns Plain data; fewer than `count` where the attack breaks fewer, none where it breaks none.
 * @throws {@link InvalidArgumentError} if an option is out of range. What the attack throws, and the
 *   reason of `signal`, reject the call as they are.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {type Attack, fgsmAttack} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {hardestExamples} from 'lt-robust/report';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.45, 0.9]), [0, 0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const attack: Attack = (m, x, y, context) => fgsmAttack(m, x, y, {...context, epsilon: 0.1});
 * const examples = await hardestExamples(model, dataset, attack);
 * examples.map(({example, answer}) => [example, answer]); // => [[1, 1]]
 * ```
 */
export async function hardestExamples<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  dataset: Dataset<I>,
  attack: EvaluationAttack<I>,
  options: HardestExamplesOptions = {},
): Promise<ReportExample[]> {
  const where = 'hardestExamples';
  const {count, indices, batchSize, rng, signal} = withDefaults(where, DEFAULTS, options);
  checkDataset(where, 'dataset', dataset);
  checkFunction(where, 'attack', attack, 'Pass one such as pgdAttack.');
  const classify = asClassifier<I>(model, where);
  checkCount(where, 'count', count);
  checkCount(where, 'batchSize', batchSize);
  if (indices !== undefined) checkIndices(where, 'indices', indices, dataset.labels.length);
  const ids = Int32Array.from(indices ?? Array.from(dataset.labels.keys()));
  let found: {readonly margin: number; readonly example: ReportExample}[] = [];
  for (let start = 0; start < ids.length; start += batchSize) {
    await breathe(signal);
    const batch = ids.subarray(start, start + batchSize);
    const broken = await brokenOf(batch);
    found = [...found, ...broken].sort((a, b) => b.margin - a.margin).slice(0, count);
  }
  return found.map(({example}) => example);

  async function brokenOf(exampleIds: Int32Array) {
    return disposeAfter(async (own) => {
      const {x, labels} = own({...(await dataset.batch(exampleIds))});
      const context = {exampleIds, rng, signal};
      const returned = adversarialOf(await attack(classify, x, labels, context));
      // Also where it is refused: nobody else has it.
      if (isTensor(returned) && returned !== x) own(returned);
      const isAlike = isTensor(returned) && tf.util.arraysEqual(returned.shape, x.shape);
      const expected = `return ${describeValue(x)}`;
      checkGiven(where, 'attack', returned, isAlike, expected, 'Return the perturbed batch.');
      const read = async (input: I) => {
        const logits = own(tf.tidy(() => classify(input)));
        return [new Float32Array(await logits.data()), logits.shape[1]] as const;
      };
      const [clean, numClasses] = await read(x);
      const [attacked] = await read(returned);
      const [before, after] = [await x.data(), await returned.data()];
      const size = x.size / exampleIds.length;
      const truth = Array.from(exampleIds, (id) => intAt(dataset.labels, id));
      const margins = marginsOf(clean, truth, numClasses);
      return truth.flatMap((label, row) => {
        const cleanAnswer = answerOf(clean, row, numClasses);
        const answer = answerOf(attacked, row, numClasses);
        if (cleanAnswer !== label || answer === label) return [];
        const pixels = (values: ArrayLike<number>) =>
          Array.from({length: size}, (_, i) => at(values, row * size + i));
        const example = {
          ...{example: intAt(exampleIds, row), label, cleanAnswer, answer},
          ...{shape: x.shape.slice(1), clean: pixels(before), adversarial: pixels(after)},
        };
        return [{margin: at(margins, row), example}];
      });
    });
  }
}
