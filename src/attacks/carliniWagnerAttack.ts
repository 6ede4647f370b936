import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkCount} from '../core/checks/checkTensors';
import type {Model} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import type {Loss} from '../core/loss';
import {disposeAfter} from '../core/memory';
import {withDefaults} from '../core/options';
import {marginLoss} from '../losses/marginLoss';
import {latticeProjection} from '../math/lattice';
import {exampleAxes} from '../math/perExample';
import {gatherRows, liveRows, perRow, readRows, withoutDecided} from './search/liveRows';
import {marginOf, predictedClass, rowOf} from './search/logits';
import {
  emptyMinimalNorm,
  MINIMAL_NORM_DEFAULTS,
  type MinimalNormOptions,
  type MinimalNormOutcome,
  type MinimalNormResult,
  minimalNormVerdicts,
  recordIfNearer,
} from './search/minimalNorm';
import {countedPasses} from './search/passes';
import type {Problem} from './search/problem';

const WHERE = 'carliniWagnerAttack';

/**
 * Options of {@link carliniWagnerAttack}. It draws nothing at random: `rng` is accepted and ignored.
 */
export interface CarliniWagnerOptions extends Omit<MinimalNormOptions, 'norm'> {
  /** Euclidean; the attack has no other form here. @defaultValue 'l2' */
  readonly norm?: 'l2' | undefined;
  /**
   * Steps of Adam at most for each trade-off. Foolbox and the authors' code have 10,000: a step is
   * about `learningRate` long, and the whole range about 15 wide, which 1,000 steps cross.
   * @defaultValue 1000
   */
  readonly steps?: number | undefined;
  /** Trade-offs c tried for each example. @defaultValue 9 */
  readonly searchSteps?: number | undefined;
  /** The first c; ten times as much until one breaks the example, then bisection. @defaultValue 1e-3 */
  readonly initialConstant?: number | undefined;
  /** Learning rate of Adam, in the units of the unbounded variable. @defaultValue 0.01 */
  readonly learningRate?: number | undefined;
  /** κ ≥ 0: by how many logits another class has to lead. @defaultValue 0 */
  readonly confidence?: number | undefined;
  /**
   * Whether an example goes on to the next c once a tenth of the steps has not lowered its
   * objective by 0.01 %. One that is mostly black or white, where tanh is flat, is given the steps
   * that it takes to leave first. @defaultValue true
   */
  readonly abortEarly?: boolean | undefined;
}

// Keeps atanh finite at black and white; Foolbox's value.
const INSIDE = 0.999999;

/** What the search of {@link carliniWagnerAttack} depends on. */
export interface CarliniWagnerSettings {
  readonly steps: number;
  readonly searchSteps: number;
  readonly initialConstant: number;
  readonly learningRate: number;
  readonly confidence: number;
  readonly abortEarly: boolean;
}

const DEFAULTS = {
  ...MINIMAL_NORM_DEFAULTS,
  norm: 'l2' as const,
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
  checkOneOf(WHERE, 'norm', norm, ['l2']);
  checkCount(WHERE, 'steps', steps);
  checkCount(WHERE, 'searchSteps', searchSteps);
  checkNumber(WHERE, 'initialConstant', settings.initialConstant, {above: 0});
  checkNumber(WHERE, 'learningRate', settings.learningRate, {above: 0});
  checkNumber(WHERE, 'confidence', settings.confidence, {min: 0});
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
    // Once more with what worked, as in Foolbox and the authors' code.
    if (search === searchSteps - 1 && searchSteps >= 10) {
      constants.forEach((_, i) => (constants[i] = Math.min(upper[i] as number, 1e10)));
    }
    const found = await descend(problem, settings, clean, constants, outcome);
    constants.forEach((c, i) => {
      (found.has(i) ? upper : lower)[i] = c;
      const [below, above] = [lower[i] as number, upper[i] as number];
      constants[i] = above === Infinity ? 10 * c : (below + above) / 2;
    });
  }
  return outcome;
}

// Steps that each example is given before its progress is judged. Pixels at black or white start at
// the flat ends of tanh, INSIDE of them, and Adam moves them by its learning rate a step: until then
// the objective stands still.
function patienceOf(
  {labels, threat: {clip}}: Pick<Problem<tf.Tensor>, 'labels' | 'threat'>,
  clean: Float32Array,
  learningRate: number,
): Float64Array {
  const [min, max] = clip ?? [0, 1];
  const size = clean.length / labels.length;
  const edge = 1e-3 * (max - min);
  return Float64Array.from(labels, (_, position) => {
    const pixels = clean.subarray(position * size, (position + 1) * size);
    const flat = pixels.filter((pixel) => pixel < min + edge || pixel > max - edge);
    return 2 * flat.length > size ? Math.atanh(INSIDE) / learningRate : 0;
  });
}

// Adam from the clean inputs, with a trade-off for each example. Returns those that were broken.
async function descend<I extends tf.Tensor>(
  problem: Problem<I>,
  {steps, learningRate, confidence, abortEarly}: CarliniWagnerSettings,
  clean: Float32Array,
  constants: Float64Array,
  outcome: MinimalNormOutcome,
): Promise<ReadonlySet<number>> {
  const {x, labels, numClasses, threat, levels} = problem;
  const [min, max] = threat.clip ?? [0, 1];
  const [middle, half] = [(min + max) / 2, (max - min) / 2];
  const size = x.size / labels.length;
  const passes = countedPasses(problem, outcome);
  const found = new Set<number>();
  const stuck = new Set<number>();
  const patience = patienceOf(problem, clean, learningRate);
  const objectives = new Float64Array(labels.length).fill(Infinity); // a tenth of the steps ago
  const hasLeft = (position: number) =>
    stuck.has(position) || (problem.earlyStop && outcome.points.has(position));
  const toPixels = (u: tf.Tensor) =>
    tf.clipByValue<I>(tf.add<I>(tf.mul(tf.tanh(u), half), middle), min, max);
  const loss: Loss = (logits, truth) => marginLoss(logits, truth, {kappa: confidence});

  let rows = liveRows(labels.length, hasLeft);
  if (rows.live === 0) return found;
  let state = tf.tidy(() => {
    const indices = tf.tensor1d(rows.positions, 'int32');
    const center = tf.gather(x, indices);
    // atanh, in double precision: some backends lack it.
    const start = Float32Array.from(clean, (pixel) =>
      Math.atanh((INSIDE * (pixel - middle)) / half),
    );
    const u = tf.gather(tf.tensor(start, x.shape), indices);
    return {
      ...{center, u, start: toPixels(u), goal: tf.gather(tf.tensor1d(labels, 'int32'), indices)},
      ...{mean: tf.zerosLike(u), square: tf.zerosLike(u)},
    };
  });
  try {
    for (let step = 0; step < steps; step++) {
      await problem.pause(labels.length - outcome.points.size);
      await tryAndMove(step);
      const kept = withoutDecided(rows, hasLeft);
      if (kept === undefined) continue;
      if (kept.rows.live === 0) break;
      rows = kept.rows;
      state = gatherRows(state, kept.from);
    }
  } finally {
    tf.dispose(Object.values(state));
  }
  return found;

  async function tryAndMove(step: number): Promise<void> {
    await disposeAfter(async (own) => {
      const {center, start, u, goal, mean, square} = state;
      const pixels = own(tf.tidy(() => onLevels(toPixels(u), center)));
      const squares = own(
        tf.tidy(() => tf.sum(tf.square(tf.sub(pixels, start)), exampleAxes(pixels))),
      );
      const {logits, losses, gradient} = await passes.gradient(rows, pixels, goal, loss);
      own(gradient);
      await judge(step, pixels, logits, {losses, squares: await squares.data<'float32'>()});
      Object.assign(state, adam());
      tf.dispose([u, mean, square]);

      function adam() {
        return tf.tidy(() => {
          const tanh = tf.tanh(u);
          const slope = tf.mul(tf.sub(1, tf.square(tanh)), half); // of x' in u
          const weighted = tf.mul(gradient, perRow(rows, constants, x.rank));
          const g = tf.mul(tf.sub(tf.mul(tf.sub(pixels, start), 2), weighted), slope);
          const nextMean = tf.add(tf.mul(mean, 0.9), tf.mul(g, 0.1));
          const nextSquare = tf.add(tf.mul(square, 0.999), tf.mul(tf.square(g), 0.001));
          const ratio = tf.div(
            tf.div(nextMean, 1 - 0.9 ** (step + 1)),
            tf.add(tf.sqrt(tf.div(nextSquare, 1 - 0.999 ** (step + 1))), 1e-8),
          );
          const next = tf.sub(u, tf.mul(ratio, learningRate));
          return {u: next, mean: nextMean, square: nextSquare};
        });
      }
    });
  }

  function onLevels(pixels: I, center: I): I {
    if (levels === undefined) return pixels;
    const anywhere = {norm: threat.norm, epsilon: Number.MAX_VALUE, clip: [min, max]} as const;
    return latticeProjection(center, anywhere, levels)(pixels);
  }

  // Records what is broken, and lets go of what makes no progress.
  async function judge(
    step: number,
    pixels: I,
    logits: Float32Array,
    {losses, squares}: {losses: Float32Array; squares: Float32Array},
  ): Promise<void> {
    const nearer: number[] = [];
    for (let row = 0; row < rows.live; row++) {
      const position = rows.positions[row] as number;
      const truth = labels[position] as number;
      const scores = rowOf(logits, row, numClasses);
      const distance = Math.sqrt(squares[row] as number);
      const isWrong = predictedClass(scores) !== truth;
      const objective = distance ** 2 - (constants[position] as number) * (losses[row] as number);
      // A gradient that is not finite made the iterate NaN: there is nothing more to find.
      if (!Number.isFinite(distance)) {
        stuck.add(position);
        continue;
      }
      if (isWrong && !(marginOf(scores, truth) > -confidence)) {
        found.add(position);
        nearer.push(row);
      }
      const isLook = step % Math.ceil(steps / 10) === 0 && step >= (patience[position] as number);
      if (!abortEarly || !isLook) continue;
      if (!(objective <= 0.9999 * (objectives[position] as number))) stuck.add(position);
      objectives[position] = objective;
    }
    const points = await readRows(pixels, nearer);
    points.forEach((point, i) => {
      const position = rows.positions[nearer[i] as number] as number;
      const center = clean.subarray(position * size, (position + 1) * size);
      recordIfNearer(problem, outcome, position, point, center);
    });
  }
}
