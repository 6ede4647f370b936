import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {checkDataset} from '../core/checks/checkParts';
import {at, intAt} from '../core/at';
import {checkCount} from '../core/checks/checkTensors';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {disposeAfter} from '../core/memory';
import {type Defaults, withDefaults} from '../core/options';
import {imageBatches} from './arbitraries/imageBatches';
import {exampleSize, type PlainTensor, toTensor} from './arbitraries/plainTensor';
import {smallModels} from './arbitraries/smallModels';
import {type PlainThreat, threatModels, type ThreatModelsOptions} from './arbitraries/threatModels';

/** Something to attack: a model, a batch and a threat model. */
export interface AttackProblem {
  /** Inputs of the shape of the batch to logits. */
  readonly classify: Classifier<tf.Tensor>;
  /** The clean inputs. */
  readonly batch: PlainTensor;
  /** Their classes. */
  readonly labels: readonly number[];
  /** What the attack is allowed. */
  readonly threat: PlainThreat;
  /** Seed of the attack's randomness. */
  readonly seed: number;
}

/** Options of {@link attackProblems}. */
export interface AttackProblemsOptions extends ThreatModelsOptions {
  /** Largest number of examples in a batch. @defaultValue 4 */
  readonly maxBatch?: number | undefined;
}

const DEFAULTS: Defaults<AttackProblemsOptions, 'norms' | 'maxLevels' | 'clips'> = {
  maxBatch: 4,
  norms: undefined,
  maxLevels: undefined,
  clips: undefined,
};

const NUM_CLASSES = 3;

/** The problem, which fast-check prints with details of the model in place of its source. */
function printed(problem: AttackProblem, details: object): AttackProblem {
  const {batch, labels, threat, seed} = problem;
  const text = () => fc.stringify({...details, batch, labels, threat, seed});
  return Object.defineProperty(problem, fc.toStringMethod, {value: text});
}

/**
 * Small problems: a small random model, a few tiny images, a threat model. They shrink toward a
 * linear model of zeros, one dark pixel and an epsilon of 0.
 *
 * @param options - See {@link AttackProblemsOptions}. Ranges other than [0, 1] are not drawn.
 * @returns Problems for the properties, or for one of your own.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {attackProblems} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(attackProblems(), ({batch, labels}) => labels.length === batch.shape[0]));
 * ```
 */
export function attackProblems(options: AttackProblemsOptions = {}): fc.Arbitrary<AttackProblem> {
  const where = 'attackProblems';
  const {maxBatch, ...given} = withDefaults(where, DEFAULTS, options);
  checkCount(where, 'maxBatch', maxBatch);
  // Wrong options are refused here, not where the first problem is drawn.
  const threats = threatModels(given);
  const shapes = fc.tuple(fc.integer({min: 1, max: 3}), fc.integer({min: 1, max: 3}));
  return shapes.chain(([height, width]) =>
    fc
      .record({
        batch: imageBatches({count: [1, maxBatch], height, width, channels: 1}),
        labels: fc.array(fc.nat({max: NUM_CLASSES - 1}), {
          ...{minLength: maxBatch, maxLength: maxBatch, size: 'max' as const},
        }),
        model: smallModels(height * width, {numClasses: NUM_CLASSES}),
        threat: threats,
        seed: fc.nat({max: 1000}),
      })
      .map(({model, labels, batch, threat, seed}) => {
        const {classify} = model;
        const own = labels.slice(0, batch.shape[0]);
        const inRange = {...batch, values: batch.values.map(pixelIn(threat.clip))};
        return printed({classify, batch: inRange, labels: own, threat, seed}, {model});
      }),
  );
}

/** Options of {@link problemsOf}. */
export interface ProblemsOfOptions extends AttackProblemsOptions {
  /** How many examples to draw from, evenly spaced over the dataset. @defaultValue 100 */
  readonly pool?: number | undefined;
}

/**
 * Problems made of a model and data of your own: a few examples of the dataset and a threat model.
 * They shrink toward one example and an epsilon of 0.
 *
 * @param model - What attacks take as their model.
 * @param dataset - Where the examples come from; they are read once, now.
 * @param options - See {@link ProblemsOfOptions}.
 * @returns Problems for the properties.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import * as fc from 'fast-check';
 * import {fgsmAttack} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 * import {problemsOf, staysInBall} from 'lt-robust/testing';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.9]), [0, 1], {shape: [1, 1, 1]});
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const problems = await problemsOf(model, dataset);
 * await fc.assert(staysInBall(fgsmAttack, problems), {numRuns: 10});
 * ```
 */
export async function problemsOf<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  dataset: Dataset<I>,
  options: ProblemsOfOptions = {},
): Promise<fc.Arbitrary<AttackProblem>> {
  const where = 'problemsOf';
  const {maxBatch, pool, ...threats} = withDefaults(where, {...DEFAULTS, pool: 100}, options);
  checkCount(where, 'maxBatch', maxBatch);
  checkCount(where, 'pool', pool);
  checkDataset(where, 'dataset', dataset);
  const classify = asClassifier<I>(model, where);
  const size = Math.min(pool, dataset.labels.length);
  const examples = Array.from({length: size}, (_, i) =>
    Math.floor((i * dataset.labels.length) / size),
  );
  const all = await disposeAfter(async (own) => {
    const {x} = own({...(await dataset.batch(examples))});
    return {values: new Float32Array(await x.data()), shape: x.shape};
  });
  const labels = examples.map((index) => intAt(dataset.labels, index));
  const indices = fc.uniqueArray(fc.nat({max: size - 1}), {
    ...{minLength: 1, maxLength: Math.min(maxBatch, size), size: 'max'},
  });
  return fc
    .record({indices, threat: threatModels(threats), seed: fc.nat({max: 1000})})
    .map(({indices: rows, threat, seed}) => {
      const problem = {
        ...examplesOf({batch: all, labels}, rows),
        ...{threat, seed},
        classify: (input: tf.Tensor) => classify(input as I),
      };
      return printed(problem, {examples: rows.map((row) => examples[row])});
    });
}

/** The batch of a problem on the device; the caller disposes both tensors. */
export const tensorsOf = ({batch, labels}: Pick<AttackProblem, 'batch' | 'labels'>) => ({
  x: toTensor<tf.Tensor>(batch),
  labels: tf.tensor1d([...labels], 'int32'),
});

/** Some examples of a problem, in the order given. */
export function examplesOf(
  {batch, labels}: Pick<AttackProblem, 'batch' | 'labels'>,
  rows: readonly number[],
) {
  const size = exampleSize(batch.shape);
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, i) =>
    values.set(batch.values.subarray(row * size, (row + 1) * size), i * size),
  );
  return {
    batch: {values, shape: [rows.length, ...batch.shape.slice(1)]},
    labels: rows.map((row) => at(labels, row)),
  };
}

// Pixels are drawn from 0 to 1.
const pixelIn =
  (clip: AttackProblem['threat']['clip']) =>
  (pixel: number): number =>
    clip === null ? pixel : clip[0] + pixel * (clip[1] - clip[0]);
