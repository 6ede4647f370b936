import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {withDefaults} from '../core/options';
import {checkNumber} from '../core/checks/checkNumber';
import {checkFunction} from '../core/checks/checkForm';
import {checkGiven} from '../core/checks/checkGiven';
import {adversarialOf} from '../core/attackResult';
import {isUnusableGradientError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import {createRng} from '../core/rng';
import {binomialTail} from '../metrics/binomialTail';
import {predictedClasses} from '../metrics/predictedClasses';
import {exampleSize} from './arbitraries/plainTensor';
import {type AttackProblem, attackProblems, examplesOf, tensorsOf} from './attackProblems';
import type {ThreatAttack} from './threatAttack';

/** The result of an attack on a problem, or on some of its examples. */
interface Attacked {
  /** The perturbed values, example after example. */
  readonly values: Float32Array;
  /** Shape of what the attack returned. */
  readonly shape: readonly number[];
  /** Whether the model is wrong on each. */
  readonly wrong: readonly boolean[];
}

async function attackRows(
  attack: ThreatAttack<tf.Tensor>,
  problem: AttackProblem,
  rows: readonly number[],
  epsilon = problem.threat.epsilon,
): Promise<Attacked> {
  return disposeAfter(async (own) => {
    const part = examplesOf(problem, rows);
    const {x, labels} = own(tensorsOf(part));
    const context = {exampleIds: rows, rng: createRng(problem.seed)};
    const threat = {...context, ...problem.threat, epsilon};
    const result = await (async () => attack(problem.classify, x, labels, threat))().catch(refused);
    const returned = adversarialOf(result);
    if (returned !== x) own(returned);
    const logits = own(tf.tidy(() => problem.classify(returned)));
    const answers = await predictedClasses(logits);
    return {
      values: new Float32Array(await returned.data()),
      shape: returned.shape,
      wrong: Array.from(answers, (answer, i) => answer !== part.labels[i]),
    };
  });
}

// A model without a usable gradient at any example is refused by attacks, and decides nothing here.
function refused(error: unknown): never {
  if (isUnusableGradientError(error)) fc.pre(false);
  throw error;
}

const rowsOf = ({labels}: AttackProblem): number[] => labels.map((_, row) => row);

function fail(message: string): never {
  throw new Error(message);
}

// Tolerances for float32 rounding: of a pixel, and of a sum of squares.
const ROUNDING = 1e-6;

/**
 * The property that an attack stays in its ball and in the valid range, and keeps the shape.
 *
 * @param attack - What is tested.
 * @param problems - What it is tested on. Default: {@link attackProblems}.
 * @returns A property for `fc.assert`.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {pgdAttack} from 'lt-robust';
 * import {staysInBall} from 'lt-robust/testing';
 *
 * await fc.assert(staysInBall(pgdAttack), {numRuns: 10});
 * ```
 */
export function staysInBall(
  attack: ThreatAttack<tf.Tensor>,
  problems: fc.Arbitrary<AttackProblem> = attackProblems(),
): fc.IAsyncPropertyWithHooks<[AttackProblem]> {
  checkProperty('staysInBall', attack, problems);
  return fc.asyncProperty(problems, async (problem) => {
    const {batch, threat} = problem;
    const {values, shape} = await attackRows(attack, problem, rowsOf(problem));
    if (!tf.util.arraysEqual([...shape], [...batch.shape])) {
      fail(`The attack returned the shape [${shape.join(', ')}] for [${batch.shape.join(', ')}].`);
    }
    const size = exampleSize(batch.shape);
    const {norm, epsilon, clip} = threat;
    const width = clip === null ? 1 : clip[1] - clip[0];
    for (const row of rowsOf(problem)) {
      const own = values.subarray(row * size, (row + 1) * size);
      const moved = Array.from(own, (v, i) => v - (batch.values[row * size + i] ?? NaN));
      const length = norm === 'linf' ? Math.max(...moved.map(Math.abs)) : Math.hypot(...moved);
      // Not `length > ...`, which a NaN would pass.
      if (!(length <= epsilon * (1 + ROUNDING) + ROUNDING * width)) {
        fail(`Example ${row} was moved by ${length}, epsilon is ${epsilon} (${norm}).`);
      }
      if (clip === null) continue;
      const outside = own.find((value) => !(value >= clip[0] && value <= clip[1]));
      if (outside !== undefined) {
        fail(`Example ${row} has the value ${outside} outside of [${clip.join(', ')}].`);
      }
    }
  });
}

/**
 * The property that the result of an attack on an example depends neither on the other examples of
 * its batch nor on their order: each is attacked in the whole batch, in the reversed one, and
 * alone. The attack is given `exampleIds`, by which it has to key its randomness.
 *
 * @param attack - What is tested.
 * @param problems - What it is tested on. Default: {@link attackProblems}.
 * @returns A property for `fc.assert`.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {pgdAttack} from 'lt-robust';
 * import {batchOrderChangesNothing} from 'lt-robust/testing';
 *
 * await fc.assert(batchOrderChangesNothing(pgdAttack), {numRuns: 10});
 * ```
 */
export function batchOrderChangesNothing(
  attack: ThreatAttack<tf.Tensor>,
  problems: fc.Arbitrary<AttackProblem> = attackProblems(),
): fc.IAsyncPropertyWithHooks<[AttackProblem]> {
  checkProperty('batchOrderChangesNothing', attack, problems);
  return fc.asyncProperty(problems, async (problem) => {
    const rows = rowsOf(problem);
    const size = exampleSize(problem.batch.shape);
    const together = await attackRows(attack, problem, rows);
    const orders = [[...rows].reverse(), ...(rows.length > 1 ? rows.map((row) => [row]) : [])];
    const {clip} = problem.threat;
    const tolerance = 1e-5 * (clip === null ? 1 : clip[1] - clip[0]);
    for (const order of orders) {
      const {values} = await attackRows(attack, problem, order);
      order.forEach((row, at) => {
        for (let i = 0; i < size; i++) {
          const there = together.values[row * size + i] ?? NaN;
          const here = values[at * size + i] ?? NaN;
          if (Math.abs(here - there) <= tolerance) continue;
          fail(
            `Value ${i} of example ${row} is ${there} in the batch [${rows.join(', ')}] and ` +
              `${here} in [${order.join(', ')}].`,
          );
        }
      });
    }
  });
}

/** Options of {@link accuracyDoesNotRise}. */
export interface AccuracyDoesNotRiseOptions {
  /**
   * Significance level: how unlikely the counts have to be, if accuracy did not rise, to fail the
   * property. An attack does not succeed at exactly the same examples when it gets a little more
   * room. Above 0 and below 1.
   * @defaultValue 0.001
   */
  readonly significance?: number | undefined;
}

/**
 * The property that robust accuracy does not rise with epsilon: a larger ball holds the smaller
 * one, so that a point that breaks an example in the smaller one is also in the larger. Where it
 * rises, the attack is weak at the larger epsilon: too few or too short steps, or gradients that
 * are masked.
 *
 * Each problem is attacked at half its epsilon and at its epsilon. The property fails if examples
 * that only the smaller epsilon breaks outnumber those that only the larger one breaks by more than
 * chance explains (an exact sign test). It needs batches large enough for that, of 16 or more.
 *
 * @param attack - What is tested.
 * @param problems - What it is tested on. Default: {@link attackProblems} of up to 32 examples.
 * @param options - See {@link AccuracyDoesNotRiseOptions}.
 * @returns A property for `fc.assert`.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {pgdAttack} from 'lt-robust';
 * import {accuracyDoesNotRise} from 'lt-robust/testing';
 *
 * await fc.assert(accuracyDoesNotRise(pgdAttack), {numRuns: 10});
 * ```
 */
export function accuracyDoesNotRise(
  attack: ThreatAttack<tf.Tensor>,
  problems: fc.Arbitrary<AttackProblem> = attackProblems({maxBatch: 32}),
  options: AccuracyDoesNotRiseOptions = {},
): fc.IAsyncPropertyWithHooks<[AttackProblem]> {
  const {significance} = withDefaults('accuracyDoesNotRise', {significance: 0.001}, options);
  // At 1 every comparison would count as a rise.
  checkNumber('accuracyDoesNotRise', 'significance', significance, {above: 0, below: 1});
  checkProperty('accuracyDoesNotRise', attack, problems);
  return fc.asyncProperty(problems, async (problem) => {
    const rows = rowsOf(problem);
    const {epsilon} = problem.threat;
    const smaller = await attackRows(attack, problem, rows, epsilon / 2);
    const larger = await attackRows(attack, problem, rows);
    const only = (one: Attacked, other: Attacked) =>
      rows.filter((row) => one.wrong[row] === true && other.wrong[row] === false).length;
    const [lost, gained] = [only(smaller, larger), only(larger, smaller)];
    if (binomialTail(lost, lost + gained, 0.5) > significance) return;
    fail(
      `Of ${rows.length} examples the attack breaks ${lost} at epsilon ${epsilon / 2} only, and ` +
        `${gained} at ${epsilon} only.`,
    );
  });
}

function checkProperty(where: string, attack: unknown, problems: unknown): void {
  checkFunction(where, 'attack', attack, 'Pass one such as pgdAttack.');
  const isArbitrary = problems instanceof fc.Arbitrary;
  const remedy = 'Pass attackProblems(), or await problemsOf(model, dataset).';
  checkGiven(where, 'problems', problems, isArbitrary, 'be an arbitrary of fast-check', remedy);
}
