import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackResult} from '../../core/attackResult';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkRng} from '../../core/checks/checkRng';
import {checkCount, checkLabels} from '../../core/checks/checkTensors';
import {checkLabelValuesAsync} from '../../core/checks/checkValues';
import type {Model} from '../../core/classifier';
import {InvalidArgumentError} from '../../core/errors';
import {featuresWithChannelsLast} from '../../core/features';
import {type DataFormat, toChannelsFirst, toChannelsLast} from '../../core/layers/imageLayout';
import {isLoss, type AttackLoss} from '../../core/loss';
import {disposeAfter} from '../../core/memory';
import {type Defaults, type Unset, withDefaults} from '../../core/options';
import {checkImages, refuseL2Features} from './images';
import {l2Moves} from './l2';
import {linfMoves} from './linf';
import type {SquareSchedule} from './schedule';
import {randomSearch, type SearchSettings} from './search';
import {attackVerdicts} from '../search/attackVerdicts';
import {emptyOutcome, type Outcome, type Problem} from '../search/problem';
import {VERDICT_DEFAULTS, type VerdictOptions} from '../search/verdictOptions';

/** Options of {@link squareAttack}. */
export interface SquareOptions extends VerdictOptions {
  /** Candidates tried after the start, each one forward pass, per restart. @defaultValue 5000 */
  readonly queries?: number | undefined;
  /** Part of the image that the first windows cover, above 0 and up to 1. @defaultValue 0.8 */
  readonly pInit?: number | undefined;
  /** Searches from different starts, on the examples that withstood the earlier ones. @defaultValue 1 */
  readonly restarts?: number | undefined;
  /**
   * Whether the schedule of window sizes, made for 10 000 queries, is shrunk or stretched to
   * `queries`. AutoAttack leaves it as it is; the Square attack of the official code used alone,
   * and torchattacks, rescale it. @defaultValue false
   */
  readonly rescaleSchedule?: boolean | undefined;
  /**
   * What a candidate has to lower to be kept: the margin to the best wrong class, or `'ce'`, the
   * logarithm of the true class's probability. The margin decides success in both cases. A loss that
   * a training method hands over with the context is ignored. @defaultValue 'margin'
   */
  readonly loss?: 'margin' | 'ce' | AttackLoss | undefined;
  /**
   * int32 `[batch]` classes to reach, none of them the label: success is then this prediction only.
   * Examples that the model gets wrong without an attack are left alone as always. @defaultValue
   * none: any wrong class
   */
  readonly targets?: tf.Tensor1D | undefined;
  /**
   * Where the channels lie: `'channelsFirst'` for `[batch, channels, height, width]`. Taken from the
   * layers of the model where it is a `tf.LayersModel`, else channels last; a shape that speaks
   * against that is refused. @defaultValue undefined
   */
  readonly dataFormat?: DataFormat | undefined;
}

const DEFAULTS: Defaults<
  SquareOptions,
  Exclude<Unset<typeof VERDICT_DEFAULTS>, 'loss'> | 'targets' | 'dataFormat'
> = {
  ...VERDICT_DEFAULTS,
  queries: 5000,
  pInit: 0.8,
  restarts: 1,
  rescaleSchedule: false,
  loss: 'margin',
  targets: undefined,
  dataFormat: undefined,
};

/** How {@link runSquare} searches; the defaults are those of {@link SquareOptions}. */
export type SquareSettings = Partial<SquareSchedule & SearchSettings> & {
  readonly restarts?: number;
  /** Of the images of the problem; channels last by default. */
  readonly dataFormat?: DataFormat;
};

/**
 * Square attack: a random search that changes square windows of an image, keeps what brings it
 * closer to a wrong class, and never asks for a gradient. It finds what gradients hide; where it
 * beats a gradient attack, that attack was fooled.
 *
 * Cost on an example that withstands it: `1 + restarts * (queries + 1)` forward passes, no backward
 * pass. The search of an example ends with its first success, as published, whatever `earlyStop`
 * says. `rng` is required.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode.
 * @param x - `[batch, height, width, channels]` float32 clean images inside `clip`, or with the
 *   channels first (`dataFormat`); unchanged. For L2 at least 5 pixels high.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link SquareOptions}.
 * @returns Verdicts, the perturbed images and what they cost; the caller disposes `adversarial`.
 * @throws {@link InvalidArgumentError} if shapes disagree, `x` is no batch of images, `rng` is
 *   missing, pixels leave `clip`, a label or target is no class of the model, or a setting is out
 *   of range.
 * @see Andriushchenko et al. 2020, Square Attack: a query-efficient black-box adversarial attack
 *   via random search, Alg. 1 to 3. As in the authors' code in AutoAttack, windows and L∞ colours
 *   are shared by the examples, and windows do not reach the last row and column. Where that code
 *   fails, on tiles that cross the border (L2, 12 or 18 pixels high, say), they are cut.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, squareAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor4D): tf.Tensor2D => {
 *   const mean = tf.mean(tf.reshape(x, [-1, 64]), 1);
 *   return tf.stack([tf.sub(0.52, mean), tf.sub(mean, 0.52)], 1) as tf.Tensor2D;
 * };
 * const result = await squareAttack(model, tf.fill([1, 8, 8, 1], 0.5), tf.tensor1d([0], 'int32'), {
 *   ...{epsilon: 0.1, queries: 100, rng: createRng(0)},
 * });
 * result.success; // => [true]
 * ```
 */
export async function squareAttack(
  model: Model,
  x: tf.Tensor4D,
  labels: tf.Tensor1D,
  options: SquareOptions = {},
): Promise<AttackResult> {
  const where = 'squareAttack';
  const settings = withDefaults(where, DEFAULTS, options);
  const {queries, pInit, restarts, targets} = settings;
  const loss = isLoss(settings.loss) ? 'margin' : settings.loss;
  const dataFormat = checkImages(where, x, settings, model);
  refuseL2Features(where, settings, x);
  checkCount(where, 'queries', queries);
  checkCount(where, 'restarts', restarts);
  checkNumber(where, 'pInit', pInit, {above: 0, max: 1});
  checkOneOf(where, 'loss', loss, ['margin', 'ce']);
  if (targets !== undefined) checkLabels(where, targets, x.shape[0], 'targets');
  checkRng(where, settings.rng, IS_SEARCH);
  return attackVerdicts(where, model, x, labels, settings, {
    iterations: () => restarts * (queries + 1),
    run: async (problem, rows) => {
      const chosen = targets && (await targetsOf(problem, rows, targets));
      return runSquare(problem, {...settings, loss, targets: chosen, dataFormat});
    },
  });
}

async function targetsOf(
  {where, labels, numClasses}: Problem<tf.Tensor4D>,
  rows: readonly number[],
  targets: tf.Tensor1D,
): Promise<Int32Array> {
  await checkLabelValuesAsync(where, targets, numClasses, 'targets');
  const all = await targets.data<'int32'>();
  return Int32Array.from(rows, (row, i) => {
    const target = at(all, row);
    if (target !== labels[i]) return target;
    throw new InvalidArgumentError({
      where,
      argument: 'targets',
      expected: 'be wrong classes',
      found: `the label, ${target}, for example ${row}`,
      remedy: 'Choose another class for it.',
    });
  });
}

const IS_SEARCH = 'the attack is a random search';

/**
 * The search of {@link squareAttack} on examples that are classified right.
 *
 * @param problem - What is attacked.
 * @param settings - See {@link SquareSettings}.
 * @internal
 */
export async function runSquare(
  problem: Problem<tf.Tensor4D>,
  settings: SquareSettings = {},
): Promise<Outcome> {
  const {where, x, threat, model} = problem;
  const {dataFormat = 'channelsLast'} = settings;
  checkImages(where, x, {norm: threat.norm, dataFormat});
  if (dataFormat === 'channelsLast') return searchImages(problem, settings);
  return disposeAfter(async (own) => {
    const images = own(toChannelsLast(x));
    const outcome = await searchImages(
      {
        ...problem,
        x: images,
        model: (z) => model(toChannelsFirst(z)),
        threat: {
          ...threat,
          ...(threat.features && {features: featuresWithChannelsLast(threat.features)}),
        },
      },
      settings,
    );
    const [, ...shape] = images.shape;
    for (const [row, point] of outcome.points) {
      outcome.points.set(row, withChannelsFirst(point, shape));
    }
    return outcome;
  });
}

function withChannelsFirst(
  image: Float32Array,
  [height, width, channels]: [number, number, number],
): Float32Array {
  const pixels = height * width;
  return image.map((_, i) => image[(i % pixels) * channels + Math.floor(i / pixels)] ?? NaN);
}

// On images with the channels last.
async function searchImages(
  problem: Problem<tf.Tensor4D>,
  settings: SquareSettings,
): Promise<Outcome> {
  const {where, x, threat, labels} = problem;
  const {queries = DEFAULTS.queries, pInit = DEFAULTS.pInit, restarts = 1} = settings;
  const {rescaleSchedule = DEFAULTS.rescaleSchedule, loss = 'margin', targets} = settings;
  checkRng(where, problem.rng, IS_SEARCH);
  const rng = problem.rng.fork('square');
  const [, height, width, channels] = x.shape;
  const shape = {height, width, channels};
  const schedule = {queries, pInit, rescaleSchedule};
  const outcome = emptyOutcome(labels.length);
  for (let restart = 0; restart < restarts && outcome.points.size < labels.length; restart++) {
    const own = rng.fork(restart);
    const moves =
      threat.norm === 'l2'
        ? l2Moves(problem, await x.data<'float32'>(), shape, schedule, own)
        : await linfMoves(problem, shape, schedule, own);
    await randomSearch(problem, outcome, shape, moves, {queries, loss, targets});
  }
  return outcome;
}
