import * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../../core/errors';
import type {Rng} from '../../core/rng';
import {fabConstants, fabSteps} from './fabStep';
import {type LiveRows, liveRows, withoutDecided} from '../search/liveRows';
import {emptyMinimalNorm, type MinimalNormOutcome, recordIfNearer} from '../search/minimalNorm';
import {predictedClass, rankedClasses, rowOf} from '../search/logits';
import {countedPasses} from '../search/passes';
import type {Problem} from '../search/problem';
import {fabStart} from './fabStart';
import {nearestHyperplanes} from './nearestHyperplanes';
import {roundToLevels} from './roundToLevels';

/** The published constants. */
export const FAB_DEFAULTS = {
  targeted: false,
  numTargets: 9,
  steps: 100,
  restarts: 1,
  alphaMax: 0.1,
  overshoot: 1.05,
  backward: 0.9,
};

/** How FAB searches: the options of `fabAttack` that are its own; {@link FAB_DEFAULTS} else. */
export type FabSettings = Readonly<Partial<typeof FAB_DEFAULTS>> & {
  /**
   * Whether what is broken within epsilon takes no part in further runs, as in AutoAttack; with
   * `earlyStop` it leaves at once anyway. Default: every run goes on, to the smallest norm.
   */
  readonly dropBroken?: boolean | undefined;
  /** Restarts start at half of it. Default: the epsilon of the threat model. */
  readonly startEpsilon?: number | undefined;
};

type Settings = FabSettings & typeof FAB_DEFAULTS;

/** One run: towards `target`, or towards the nearest of all `classes`. */
interface Run {
  readonly classes: readonly Int32Array[];
  readonly target: Int32Array | undefined;
  readonly rank: number;
  readonly restart: number;
}

/** How many runs there are: `numTargets` is cut to the wrong classes there are. */
export function fabRuns(settings: FabSettings, numClasses: number): number {
  const {targeted, numTargets, restarts} = {...FAB_DEFAULTS, ...settings};
  return restarts * (targeted ? Math.min(numTargets, numClasses - 1) : 1);
}

/** Throws if there are restarts at random points and nothing to draw them from. */
export function checkRestarts(
  where: string,
  {restarts, rng}: {readonly restarts: number; readonly rng: Rng | undefined},
): void {
  if (restarts === 1 || rng !== undefined) return;
  throw new InvalidArgumentError({
    where,
    argument: 'rng',
    expected: 'be given for 2 restarts or more: all but the first start at random',
    found: 'undefined',
    remedy: 'Pass rng: createRng(seed).',
  });
}

function runsOf<I extends tf.Tensor>(
  {labels, logits, numClasses}: Problem<I>,
  settings: Settings,
): Run[] {
  const wrong = Array.from(labels, (label, row) =>
    rankedClasses(rowOf(logits, row, numClasses)).filter((c) => c !== label),
  );
  const ofRank = Array.from({length: numClasses - 1}, (_, rank) =>
    Int32Array.from(wrong, (classes) => classes[rank] as number),
  );
  return Array.from({length: fabRuns(settings, numClasses)}, (_, run) => {
    const restart = run % settings.restarts;
    const rank = Math.floor(run / settings.restarts);
    const target = settings.targeted ? ofRank[rank] : undefined;
    return {classes: target === undefined ? ofRank : [target], target, rank, restart};
  });
}

/**
 * FAB's search. Iterates live on the JavaScript side, where they are projected; every iteration
 * uploads them, reads the gradients, uploads the candidates and reads their logits.
 *
 * A point is recorded once its norm is within the problem's epsilon; the smallest one wins. With
 * `earlyStop` an example leaves with the first; else every run goes to its end, unless `dropBroken`.
 *
 * @param problem - What to break; `rng` is needed for 2 restarts or more.
 * @param given - How.
 * @returns What was found; `targets` for the targeted form only.
 */
export async function runFab<I extends tf.Tensor>(
  problem: Problem<I>,
  given: FabSettings,
): Promise<MinimalNormOutcome> {
  const settings: Settings = {...FAB_DEFAULTS, ...given};
  const {x, labels, threat, numClasses, levels, where, rng} = problem;
  checkRestarts(where, {...settings, rng});
  const batchSize = labels.length;
  const size = x.size / batchSize;
  const outcome = emptyMinimalNorm(batchSize);
  const passes = countedPasses(problem, outcome);
  const isDecided = (position: number) => problem.earlyStop && outcome.points.has(position);
  const clean = await x.data<'float32'>();
  const current = new Float32Array(x.size);
  const part = (values: Float32Array, row: number) => values.subarray(row * size, (row + 1) * size);
  const {startEpsilon = threat.epsilon} = settings;
  const withSteps = fabSteps(fabConstants(size, threat, settings));

  const isDropped = (position: number) =>
    (problem.earlyStop || settings.dropBroken === true) && outcome.points.has(position);

  for (const run of runsOf(problem, settings)) {
    let rows = liveRows(batchSize, isDropped);
    for (let row = 0; row < rows.live; row++) {
      const position = rows.positions[row] as number;
      part(current, position).set(startOf(position, run));
    }
    for (let step = 0; step < settings.steps && rows.live > 0; step++) {
      await problem.pause(batchSize - outcome.points.size);
      await moveAll(rows, run, step);
      await judge(rows, run);
      rows = withoutDecided(rows, isDecided)?.rows ?? rows;
    }
  }
  return outcome;

  function startOf(position: number, {rank, restart}: Run): Float32Array {
    const center = part(clean, position);
    if (restart === 0 || rng === undefined) return center;
    const stream = rng.fork('fab').fork(restart).fork(rank);
    const epsilon =
      typeof startEpsilon === 'number' ? startEpsilon : (startEpsilon[position] as number);
    return fabStart(center, epsilon / 2, threat, stream.fork(problem.ids[position] as number));
  }

  function upload(rows: LiveRows, values: Float32Array): I {
    return tf.tensor(values, [rows.positions.length, ...x.shape.slice(1)]) as I;
  }

  function gather({positions}: LiveRows): Float32Array {
    const gathered = new Float32Array(positions.length * size);
    positions.forEach((position, row) => gathered.set(part(current, position), row * size));
    return gathered;
  }

  async function moveAll(rows: LiveRows, {classes, restart}: Run, step: number): Promise<void> {
    const point = upload(rows, gather(rows));
    try {
      const {normals, values, flat, nonFinite} = await nearestHyperplanes(
        problem,
        passes,
        rows,
        point,
        classes,
      );
      for (let row = 0; row < rows.live; row++) {
        const position = rows.positions[row] as number;
        if (step === 0 && restart === 0 && flat[row] === 1) outcome.zeroGradient[position] = 1;
        if (nonFinite[row] === 1) outcome.nonFinite[position] = 1;
      }
      withSteps((move) => {
        for (let row = 0; row < rows.live; row++) {
          const position = rows.positions[row] as number;
          const normal = part(normals, row);
          move(part(current, position), part(clean, position), normal, values[row] as number);
        }
      });
    } finally {
      point.dispose();
    }
  }

  async function judge(rows: LiveRows, {target}: Run): Promise<void> {
    const tried = gather(rows);
    if (levels !== undefined && threat.clip !== null) {
      const lattice = {levels, clip: threat.clip};
      rows.positions.forEach((position, row) => {
        roundToLevels(part(tried, row), part(clean, position), threat.norm, lattice);
      });
    }
    const candidate = upload(rows, tried);
    let logits: Float32Array;
    try {
      logits = await passes.forward(rows, candidate);
    } finally {
      candidate.dispose();
    }
    for (let row = 0; row < rows.live; row++) {
      const position = rows.positions[row] as number;
      if (predictedClass(rowOf(logits, row, numClasses)) === labels[position]) continue;
      const center = part(clean, position);
      const point = part(tried, row);
      const before = outcome.points.get(position);
      recordIfNearer(problem, outcome, position, point, center);
      if (target !== undefined && outcome.points.get(position) !== before) {
        outcome.targets.set(position, target[position] as number);
      }
      pullBack(part(current, position), center, settings.backward);
    }
  }
}

function pullBack(current: Float32Array, clean: Float32Array, backward: number): void {
  for (let i = 0; i < current.length; i++) {
    const from = clean[i] as number;
    current[i] = from + backward * ((current[i] as number) - from);
  }
}
