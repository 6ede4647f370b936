import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {AttackResult} from '../../core/attackResult';
import {forExamples} from '../../core/byExample';
import {asClassifier, type Classifier, type Model} from '../../core/classifier';
import {disposeAfter} from '../../core/memory';
import {
  checkUsableGradients,
  type GradientCounts,
  gradientTallies,
} from '../../core/gradientTallies';
import {breather} from '../../core/progress';
import {tallyWarnings} from '../../core/tallyWarnings';
import {featureThreatAsync} from '../../core/featureThreat';
import {threatOfRows} from '../../core/threatModel';
import {whileFrozen} from '../../math/freezeWeights';
import {logitsAt} from '../../math/logitsAt';
import {takeRows} from '../../math/rows';
import {predictedClass, rowOf} from './logits';
import type {Outcome, Problem} from './problem';
import {
  checkVerdictArguments,
  checkVerdictOutput,
  checkVerdictValues,
  type VerdictSettings,
} from './verdictOptions';
import {verifiedPoints} from './verifiedPoints';

/**
 * What every attack with a verdict does around its search: checks, a clean prediction, the search
 * on those that are classified right, and a fresh forward pass on what was found.
 *
 * @param where - The public attack.
 * @param settings - Its options, defaults filled in.
 * @param search - The attack itself: it is told which row of `x` each row of its problem is, and
 *   says how often it calls `pause` at most. With `everyPoint` its points are wanted whether or
 *   not they break, and for examples that are wrong without attack too.
 */
export async function attackVerdicts<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: VerdictSettings,
  search: {
    readonly iterations: (numClasses: number) => number;
    readonly run: (problem: Problem<I>, rows: readonly number[]) => Promise<Outcome>;
    readonly everyPoint?: boolean;
  },
): Promise<AttackResult<I>> {
  const classify = asClassifier(model, where);
  checkVerdictArguments(where, x, labels, settings);
  const threat = await featureThreatAsync(where, settings, x.shape);
  await checkVerdictValues(where, x, {...threat, quantize: settings.quantize});
  const batchSize = labels.shape[0];
  settings.signal?.throwIfAborted();
  if (batchSize === 0) return resultOf(x, [], new Map(), undefined);
  return disposeAfter(async (own) => {
    const {logits, numClasses} = await cleanLogits(where, classify, x, labels);
    const truth = Int32Array.from(await labels.data());
    const isRight = (row: number) => predictedClass(rowOf(logits, row, numClasses)) === truth[row];
    const {everyPoint = false} = search;
    const rows = Array.from(truth, (_, row) => row).filter((row) => everyPoint || isRight(row));
    const wrong = Array.from(truth, (_, row) => !isRight(row));
    if (rows.length === 0) return resultOf(x, wrong, new Map(), undefined);
    const problem: Problem<I> = {
      ...settings,
      where,
      model: forExamples(classify, rows),
      threat: threatOfRows(threat, rows),
      levels: settings.quantize,
      x: own(takeRows(x, Int32Array.from(rows))),
      labels: Int32Array.from(rows, (row) => at(truth, row)),
      logits: Float32Array.from(rows.flatMap((row) => [...rowOf(logits, row, numClasses)])),
      numClasses,
      ids: Int32Array.from(rows, (row) => settings.exampleIds?.[row] ?? row),
      pause: pauseOf(where, settings, search.iterations(numClasses), {
        right: wrong.filter((isWrong) => !isWrong).length,
        total: batchSize,
      }),
    };
    const outcome = await whileFrozen(problem.model, (frozen) =>
      search.run({...problem, model: frozen}, rows),
    );
    if (outcome.points.size === 0) checkUsableGradients(where, gradientCounts(outcome));
    const points = await verifiedPoints(problem, outcome, everyPoint);
    const found = new Map<number, FoundPoint>();
    for (const [i, point] of points) {
      const row = at(rows, i);
      const breaks = point.prediction !== truth[row];
      // An example that is wrong without attack must not come back right.
      if (breaks || wrong[row] !== true) found.set(row, {...point, breaks});
    }
    return resultOf(x, wrong, found, {outcome, rows});
  });
}

/** Logits of a batch, checked, on the JavaScript side. */
export async function cleanLogits<I extends tf.Tensor>(
  where: string,
  classify: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
): Promise<{logits: Float32Array; numClasses: number}> {
  const logits = tf.keep(logitsAt(where, classify, x)); // whatever scopes the program ends meanwhile
  try {
    await checkVerdictOutput(where, logits, labels);
    return {logits: await logits.data<'float32'>(), numClasses: logits.shape[1]};
  } finally {
    tf.dispose(logits);
  }
}

function pauseOf(
  where: string,
  {signal, onProgress}: VerdictSettings,
  iterations: number,
  {right, total}: {right: number; total: number},
): Problem<tf.Tensor>['pause'] {
  const breath = breather(signal);
  let done = 0;
  return async (undecided) => {
    await breath();
    done++;
    await onProgress?.({
      phase: where,
      done: Math.min(done, iterations),
      total: iterations,
      unit: 'step',
      metrics: {clean: right / total, robust: undecided / total},
    });
  };
}

interface FoundPoint {
  readonly values: Float32Array;
  readonly distance: number;
  readonly breaks: boolean;
}

function resultOf<I extends tf.Tensor>(
  x: I,
  wrong: readonly boolean[],
  points: ReadonlyMap<number, FoundPoint>,
  spent: {outcome: Outcome; rows: readonly number[]} | undefined,
): AttackResult<I> {
  const perRow = (counts: Int32Array | undefined, base: number, verification: boolean) => {
    const all = new Array<number>(wrong.length).fill(base);
    spent?.rows.forEach((row, i) => {
      const verified = verification && spent.outcome.points.has(i) ? 1 : 0;
      all[row] = base + (counts?.[i] ?? 0) + verified;
    });
    return all;
  };
  const {outcome} = spent ?? {};
  const tallies =
    outcome === undefined || isBlackBox(outcome) ? [] : gradientTallies(gradientCounts(outcome));
  return {
    adversarial: withRows(x, points),
    success: wrong.map((isWrong, row) => isWrong || points.get(row)?.breaks === true),
    distances: wrong.map((_, row) => points.get(row)?.distance ?? 0),
    cost: {
      forward: perRow(outcome?.forward, 1, true),
      backward: perRow(outcome?.backward, 0, false),
      queries: perRow(outcome?.queries, 0, false),
    },
    ...(tallies.length === 0 ? {} : {tallies, warnings: tallyWarnings(tallies)}),
  };
}

const isBlackBox = ({backward}: Outcome): boolean => backward.every((count) => count === 0);

function gradientCounts({zeroGradient, nonFiniteGradient}: Outcome): GradientCounts {
  const sum = (flags: Uint8Array) => flags.reduce((total, flag) => total + flag, 0);
  const zero = zeroGradient.map((flag, i) => flag & ~at(nonFiniteGradient, i));
  return {zero: sum(zero), nonFinite: sum(nonFiniteGradient), total: zero.length};
}

/** `x` with some of its rows replaced. */
export function withRows<I extends tf.Tensor>(
  x: I,
  points: ReadonlyMap<number, {readonly values: Float32Array}>,
): I {
  if (points.size === 0) return tf.clone(x);
  return tf.tidy(() => {
    const batchSize = at(x.shape, 0);
    const values = new Float32Array(points.size * (x.size / batchSize));
    const from = Array.from({length: batchSize}, (_, row) => row);
    [...points].forEach(([row, point], i) => {
      values.set(point.values, (i * x.size) / batchSize);
      from[row] = batchSize + i;
    });
    const found = tf.tensor(values, [points.size, ...x.shape.slice(1)]);
    return takeRows(tf.concat([x, found]), Int32Array.from(from)) as I;
  });
}
