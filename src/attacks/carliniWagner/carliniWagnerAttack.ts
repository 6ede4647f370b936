import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkBatch, checkCount} from '../../core/checks/checkTensors';
import type {Model} from '../../core/classifier';
import {InvalidArgumentError} from '../../core/errors';
import {type Defaults, type Unset, withDefaults} from '../../core/options';
import {
  emptyMinimalNorm,
  MINIMAL_NORM_DEFAULTS,
  type MinimalNormOptions,
  type MinimalNormOutcome,
  type MinimalNormResult,
  minimalNormVerdicts,
} from '../search/minimalNorm';
import type {Problem} from '../search/problem';
import {descend, type DescentSettings} from './descend';
import {refuseFeatures} from '../../core/featureThreat';

const WHERE = 'carliniWagnerAttack';

/**
 * Options of {@link carliniWagnerAttack}. It draws nothing at random: `rng` is accepted and ignored.
 */
export interface CarliniWagnerOptions extends Omit<MinimalNormOptions, 'norm'> {
  /** Euclidean; the attack has no other form here. @defaultValue 'l2' */
  readonly norm?: 'l2' | undefined;
  /**
   * Largest number of Adam's steps for each trade-off. Foolbox and the authors' code have 10,000: a
   * step is about `learningRate` long, and the whole range about 15 wide, which 1,000 steps cross.
   * @defaultValue 1000
   */
  readonly steps?: number | undefined;
  /** Trade-offs c tried for each example. @defaultValue 9 */
  readonly searchSteps?: number | undefined;
  /**
   * The first c. It grows tenfold until one breaks the example; then bisection follows.
   * @defaultValue 1e-3
   */
  readonly initialConstant?: number | undefined;
  /** Learning rate of Adam, in the units of the unbounded variable. @defaultValue 0.01 */
  readonly learningRate?: number | undefined;
  /** κ ≥ 0: by how many logits another class has to lead. @defaultValue 0 */
  readonly confidence?: number | undefined;
  /**
   * Whether an example goes on to the next c once a tenth of the steps has not lowered its
   * objective by 0.01 %. An example that is mostly black or white, where tanh is flat, first gets
   * the steps that it takes to leave that region. @defaultValue true
   */
  readonly abortEarly?: boolean | undefined;
}

/** What the search of {@link carliniWagnerAttack} depends on. */
export interface CarliniWagnerSettings extends DescentSettings {
  readonly searchSteps: number;
  readonly initialConstant: number;
}

const DEFAULTS: Defaults<CarliniWagnerOptions, Unset<typeof MINIMAL_NORM_DEFAULTS>> = {
  ...MINIMAL_NORM_DEFAULTS,
  norm: 'l2',
  steps: 1000,
  searchSteps: 9,
  initialConstant: 1e-3,
  learningRate: 0.01,
  confidence: 0,
  abortEarly: true,
};

/**
 * The attack of Carlini and Wagner for L2: Adam minimises the squared norm plus c times the margin,
 * `‖x' − x‖² + c · max(m + κ, 0)`, over a variable that tanh maps into the pixel range, and a search
 * over c balances the two for each example. Slow, and the distances are small: a reference for
 * {@link deepFoolAttack} and {@link fabAttack}.
 *
 * Cost for each example: at most `searchSteps · steps` forward and as many backward passes, often a
 * fraction of it thanks to `abortEarly`. One forward pass comes first, and one verifies what was
 * found.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link CarliniWagnerOptions}. Progress is judged for each example, so that
 *   results do not depend on the batch. With `quantize` the objective and its gradient are those at
 *   the grey levels nearest to the iterate.
 * @returns The nearest points found (with `earlyStop` and `epsilon`: the first within it), and
 *   their norms; inputs on which the model is wrong come back as they are.
 * @throws {@link InvalidArgumentError} if `clip` is `null`, shapes disagree, pixels leave `clip`, a
 *   label is no class of the model, the model gives probabilities or NaN at `x`, or a setting is
 *   out of range. What `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @see Carlini & Wagner 2017, Towards Evaluating the Robustness of Neural Networks, Sec. V and VI.A.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {carliniWagnerAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[2, 0], [0, 3]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const x = tf.tensor2d([[0.8, 0.5]]);
 * const options = {epsilon: 0.03, steps: 100, initialConstant: 0.1};
 * (await carliniWagnerAttack(model, x, labels, options)).success; // => [true]
 * ```
 */
export async function carliniWagnerAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: CarliniWagnerOptions = {},
): Promise<MinimalNormResult<I>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {norm, clip, steps, searchSteps} = settings;
  const others = 'This attack is for L2 alone: for L∞ use apgdAttack or fabAttack.';
  checkOneOf(WHERE, 'norm', norm, ['l2'], others);
  checkCount(WHERE, 'steps', steps);
  checkCount(WHERE, 'searchSteps', searchSteps);
  checkNumber(WHERE, 'initialConstant', settings.initialConstant, {above: 0});
  checkNumber(WHERE, 'learningRate', settings.learningRate, {above: 0});
  checkNumber(WHERE, 'confidence', settings.confidence, {min: 0, float32: true});
  checkBatch(WHERE, x, labels);
  refuseFeatures(
    ...[WHERE, settings, x.shape],
    'Carlini & Wagner search a space in which every feature has the same range: use fabAttack, ' +
      'apgdAttack or pgdAttack.',
  );
  if (clip === null) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'clip',
      expected: 'be [min, max]: the search runs over its inside',
      found: 'null',
      remedy: 'Pass the range of valid pixels.',
    });
  }
  return minimalNormVerdicts(WHERE, model, x, labels, settings, {
    iterations: () => searchSteps * steps,
    run: (problem) => runCarliniWagner(problem, settings),
  });
}

/**
 * The search of {@link carliniWagnerAttack}.
 *
 * @param problem - What to break; needs a `clip` and the norm L2.
 * @param settings - How.
 * @returns What was found.
 */
export async function runCarliniWagner<I extends tf.Tensor>(
  problem: Problem<I>,
  settings: CarliniWagnerSettings,
): Promise<MinimalNormOutcome> {
  const {searchSteps, initialConstant} = settings;
  const batchSize = problem.labels.length;
  const outcome = emptyMinimalNorm(batchSize);
  const constants = new Float64Array(batchSize).fill(initialConstant);
  const lower = new Float64Array(batchSize);
  const upper = new Float64Array(batchSize).fill(Infinity);
  const clean = await problem.x.data<'float32'>();
  for (let search = 0; search < searchSteps; search++) {
    // The last descent repeats the c that worked, as in Foolbox and the authors' code.
    if (search === searchSteps - 1 && searchSteps >= 10) {
      upper.forEach((c, i) => (constants[i] = Math.min(c, 1e10)));
    }
    const found = await descend(problem, settings, clean, constants, outcome);
    constants.forEach((c, i) => {
      (found.has(i) ? upper : lower)[i] = c;
      const [below, above] = [at(lower, i), at(upper, i)];
      constants[i] = above === Infinity ? 10 * c : (below + above) / 2;
    });
  }
  return outcome;
}
