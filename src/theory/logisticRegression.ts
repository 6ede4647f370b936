import {at, numberAt} from '../core/at';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {checkNumber} from '../core/checks/checkNumber';
import {checkList, checkNumbers} from '../core/checks/checkNumbers';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {LinearClassifier} from './linearErrors';
import {solveLinear} from './solveLinear';

/** Options of {@link logisticRegression}. */
export interface LogisticRegressionOptions {
  /** Size ε ≥ 0 of the L∞ perturbation that it is trained against; 0 is natural training. @defaultValue 0 */
  readonly epsilon?: number | undefined;
  /** Largest number of Newton steps, ≥ 1. @defaultValue 100 */
  readonly maxSteps?: number | undefined;
  /** Largest gradient, > 0, at which it counts as converged. @defaultValue 1e-10 */
  readonly tolerance?: number | undefined;
}

/** What {@link logisticRegression} returns. */
export interface TrainedClassifier extends LinearClassifier {
  /** w, one for each coordinate. */
  readonly weights: Float64Array;
}

const DEFAULTS: Defaults<LogisticRegressionOptions> = {epsilon: 0, maxSteps: 100, tolerance: 1e-10};

/**
 * Logistic regression of two classes, natural or adversarial, trained to the optimum by Newton's
 * method. For a linear classifier the worst L∞ perturbation is known: it takes ε ‖w‖₁ from the
 * margin, so that adversarial training needs no attack. It minimises the mean of log(1 + exp(-m))
 * with m = y (w · x + b) - ε ‖w‖₁.
 *
 * @param x - Coordinates, example after example.
 * @param labels - 0 for the head class (y = +1), 1 for the tail class (y = -1); both must occur.
 * @param options - See {@link LogisticRegressionOptions}.
 * @returns Weights and bias.
 * @throws {@link InvalidArgumentError} if the sizes disagree, a class is missing, or there is no
 *   optimum: a line separates the classes, or no weight of a coordinate is worth its perturbation.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 3.3 and Figures 2 and 3.
 * @example
 * ```ts
 * import {createRng} from 'lt-robust';
 * import {logisticRegression, sampleGaussianMixture} from 'lt-robust/theory';
 *
 * const {x, labels} = sampleGaussianMixture({size: 4000, imbalanceRatio: 5, rng: createRng(1)});
 * const {weights, bias} = logisticRegression(x, labels);
 * Math.abs(bias / Math.hypot(...weights) - 0.569) < 0.1; // => true
 * ```
 */
export function logisticRegression(
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: LogisticRegressionOptions = {},
): TrainedClassifier {
  const where = 'logisticRegression';
  const {epsilon, maxSteps, tolerance} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'epsilon', epsilon, {min: 0});
  checkNumber(where, 'maxSteps', maxSteps, {min: 1, integer: true});
  checkNumber(where, 'tolerance', tolerance, {above: 0});
  const dimensions = checkedDimensions(where, x, labels);
  // Adversarial training starts at the natural optimum, where the signs of the weights are known.
  let parameters: number[] = new Array<number>(dimensions + 1).fill(0);
  for (const size of epsilon === 0 ? [0] : [0, epsilon]) {
    const problem: Problem = {x, labels, dimensions, epsilon: size};
    parameters = minimise(where, problem, parameters, maxSteps, tolerance);
  }
  return {
    weights: Float64Array.from(parameters.slice(0, dimensions)),
    bias: at(parameters, dimensions),
  };
}

interface Problem {
  readonly x: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly dimensions: number;
  readonly epsilon: number;
}

// Newton's method keeps a square of them.
const MOST_DIMENSIONS = 2048;

function checkedDimensions(where: string, x: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkLabelArray(where, labels, 2);
  checkList(where, 'x', x);
  const dimensions = x.length / labels.length;
  const hasBoth = [0, 1].every((c) => Array.prototype.includes.call(labels, c));
  if (Number.isInteger(dimensions) && dimensions >= 1 && hasBoth) {
    checkNumber(where, 'x.length / labels.length', dimensions, {max: MOST_DIMENSIONS});
    checkNumbers(where, 'x', x);
    return dimensions;
  }
  throw new InvalidArgumentError({
    where,
    argument: hasBoth ? 'x' : 'labels',
    expected: hasBoth
      ? `have the same number of coordinates for each of the ${labels.length} examples`
      : 'have examples of both classes',
    found: hasBoth ? `${x.length} coordinates` : 'one class only',
    remedy: hasBoth ? 'Pass them example after example.' : 'Draw more examples.',
  });
}

/** Newton's method with halved steps; the parameters are the weights and the bias. */
function minimise(
  where: string,
  problem: Problem,
  start: readonly number[],
  maxSteps: number,
  tolerance: number,
): number[] {
  let parameters = [...start];
  for (let step = 0; step < maxSteps; step++) {
    const {loss, gradient, hessian, smallestMargin} = derivatives(problem, parameters);
    // Where every margin is positive, longer weights are always better.
    if (Math.max(...gradient.map(Math.abs)) <= tolerance && smallestMargin <= 0) return parameters;
    const direction = solveLinear(hessian, gradient);
    if (direction === undefined) break;
    const moved = (length: number) => parameters.map((p, k) => p - length * numberAt(direction, k));
    let length = 1;
    // Rounding hides a gain of less than 1e-15 of the loss.
    while (derivatives(problem, moved(length)).loss > loss * (1 + 1e-15) && length > 1e-8)
      length /= 2;
    parameters = moved(length);
  }
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'have an optimal classifier of finite, non-zero weights',
    found: `none after ${maxSteps} steps`,
    remedy: 'Draw more examples, nearer to each other, or lower epsilon.',
  });
}

// The margin is linear in the parameters while no weight changes its sign: m = a · (w, b) with
// a = (y x - ε sign(w), y).
function derivatives(problem: Problem, parameters: readonly number[]) {
  const {x, labels, dimensions, epsilon} = problem;
  const size = labels.length;
  const shifts = parameters.slice(0, dimensions).map((w) => epsilon * Math.sign(w));
  const gradient = new Array<number>(dimensions + 1).fill(0);
  const hessian = gradient.map(() => new Array<number>(dimensions + 1).fill(0));
  const row = new Array<number>(dimensions + 1).fill(0);
  let loss = 0;
  let smallestMargin = Infinity;
  for (let i = 0; i < size; i++) {
    const y = labels[i] === 0 ? 1 : -1;
    for (let k = 0; k < dimensions; k++) {
      row[k] = y * at(x, i * dimensions + k) - numberAt(shifts, k);
    }
    row[dimensions] = y;
    const margin = parameters.reduce((sum, p, k) => sum + p * numberAt(row, k), 0);
    smallestMargin = Math.min(smallestMargin, margin);
    loss += (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))) / size;
    const wrong = 1 / (1 + Math.exp(margin)); // slope of the loss: the probability of the wrong class
    for (let k = 0; k <= dimensions; k++) {
      const coordinate = numberAt(row, k);
      gradient[k] = numberAt(gradient, k) - (wrong * coordinate) / size;
      const curvature = (wrong * (1 - wrong) * coordinate) / size;
      const line = at(hessian, k);
      for (let l = 0; l <= dimensions; l++) {
        line[l] = numberAt(line, l) + curvature * numberAt(row, l);
      }
    }
  }
  return {loss, gradient, hessian, smallestMargin};
}
