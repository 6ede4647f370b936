import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {checkRng} from '../../core/checks/checkRng';
import {disposeAfter} from '../../core/memory';
import type {Rng} from '../../core/rng';
import {unitsOfRow} from '../../core/features';
import {epsilonAt, type ThreatModel} from '../../core/threatModel';
import {isByFeature} from '../../math/featureBall';
import {forEachLive, type LiveRows, liveRows} from '../search/liveRows';
import {liveRun} from '../search/liveRun';
import {rankedClasses, rowOf} from '../search/logits';
import {emptyMinimalNorm, type MinimalNormOutcome, recordIfNearer} from '../search/minimalNorm';
import {type PackedExamples, packedExamples} from '../search/packedExamples';
import {countedPasses, type Passes} from '../search/passes';
import type {Problem} from '../search/problem';
import {wrongRows} from '../search/wrongRows';
import {fabStart} from './fabStart';
import {type ExampleStep, featureFabSteps} from './featureSteps';
import {fabConstants, fabSteps} from './fabStep';
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

/**
 * How FAB searches: the options that only `fabAttack` has, with the defaults of
 * {@link FAB_DEFAULTS}.
 */
export type FabSettings = Readonly<Partial<typeof FAB_DEFAULTS>> & {
  /**
   * Whether examples that are broken within epsilon take no part in further runs, as in AutoAttack;
   * with `earlyStop` they are finished at once anyway. Default: all take part in every run, which
   * finds smaller norms.
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

/**
 * How many runs there are: one for each restart, or in the targeted form one for each restart and
 * target. There are at most as many targets as wrong classes.
 */
export function fabRuns(settings: FabSettings, numClasses: number): number {
  const {targeted, numTargets, restarts} = {...FAB_DEFAULTS, ...settings};
  return restarts * (targeted ? Math.min(numTargets, numClasses - 1) : 1);
}

/** Throws if there are restarts at random points and no generator to draw them from. */
export function checkRestarts(
  where: string,
  {restarts, rng}: {readonly restarts: number; readonly rng: Rng | undefined},
): void {
  if (restarts > 1) checkRng(where, rng, 'restarts from the second on start at random');
}

function runsOf<I extends tf.Tensor>(
  {labels, logits, numClasses}: Problem<I>,
  settings: Settings,
): Run[] {
  const wrong = Array.from(labels, (label, row) =>
    rankedClasses(rowOf(logits, row, numClasses)).filter((c) => c !== label),
  );
  const ofRank = Array.from({length: numClasses - 1}, (_, rank) =>
    Int32Array.from(wrong, (classes) => at(classes, rank)),
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
 * `earlyStop` an example is finished with the first; else every run goes to its end, unless
 * `dropBroken`.
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
  const {x, labels, threat, where, rng} = problem;
  checkRestarts(where, {...settings, rng});
  const outcome = emptyMinimalNorm(labels.length);
  const isBroken = (position: number) => outcome.points.has(position);
  const clean = packedExamples(await x.data<'float32'>(), x);
  const size = x.size / labels.length;
  const context: FabContext<I> = {
    ...{problem, settings, outcome, clean},
    passes: countedPasses(problem, outcome),
    current: packedExamples(new Float32Array(x.size), x),
    withSteps: stepsOf(threat, x.shape.slice(1), size, settings),
  };
  const leavesRuns = problem.earlyStop || settings.dropBroken === true;
  for (const run of runsOf(problem, settings)) {
    await liveRun(problem, {
      rows: liveRows(labels.length, (position) => leavesRuns && isBroken(position)),
      steps: settings.steps,
      isFinished: (position) => problem.earlyStop && isBroken(position),
      undecided: () => labels.length - outcome.points.size,
      start: (rows) => {
        forEachLive(rows, (position) => {
          context.current.of(position).set(startOf(context, position, run));
        });
        return {};
      },
      step: async ({rows}, step) => {
        await moveAll(context, rows, run, step);
        await judge(context, rows, run);
      },
    });
  }
  return outcome;
}

// The fastest steps that this machine has.
function stepsOf(
  threat: ThreatModel,
  shape: readonly number[],
  size: number,
  settings: Settings,
): FabContext<tf.Tensor>['withSteps'] {
  if (isByFeature(threat)) {
    const step = featureFabSteps(shape, threat, settings);
    return (use) => {
      use(step);
    };
  }
  const lend = fabSteps(fabConstants(size, threat, settings));
  return (use) => {
    lend((step) => {
      use((_position, ...given) => {
        step(...given);
      });
    });
  };
}

// What the runs of an attack share.
interface FabContext<I extends tf.Tensor> {
  readonly problem: Problem<I>;
  readonly settings: Settings;
  readonly outcome: MinimalNormOutcome;
  readonly passes: Passes<I>;
  readonly clean: PackedExamples<I>;
  /** The iterates, by row of the problem. */
  readonly current: PackedExamples<I>;
  readonly withSteps: (use: (step: ExampleStep) => void) => void;
}

function startOf<I extends tf.Tensor>(
  {problem: {threat, rng, ids}, settings, clean}: FabContext<I>,
  position: number,
  {rank, restart}: Run,
): Float32Array {
  const center = clean.of(position);
  if (restart === 0 || rng === undefined) return center;
  const stream = rng.fork('fab').fork(restart).fork(rank);
  const epsilon = settings.startEpsilon ?? epsilonAt(threat, position);
  const start = fabStart(center, epsilon / 2, threat, stream.fork(at(ids, position)));
  if (threat.features === undefined) return start;
  const units = unitsOfRow(threat.features, position, clean.shape);
  // Where the start leaves a feature's range, the first step brings it back.
  return start.map((value, i) => {
    const from = center[i] ?? NaN;
    return from + (units[i] ?? NaN) * (value - from);
  });
}

async function moveAll<I extends tf.Tensor>(
  {problem, outcome, passes, clean, current, withSteps}: FabContext<I>,
  rows: LiveRows,
  {classes, restart}: Run,
  step: number,
): Promise<void> {
  await disposeAfter(async (own) => {
    const point = own(current.gather(rows.positions).upload());
    const planes = await nearestHyperplanes(problem, passes, rows, point, classes);
    forEachLive(rows, (position, row) => {
      if (step === 0 && restart === 0 && planes.flat[row] === 1) outcome.zeroGradient[position] = 1;
      if (planes.nonFinite[row] === 1) outcome.nonFiniteGradient[position] = 1;
    });
    const normals = packedExamples(planes.normals, problem.x);
    withSteps((move) => {
      forEachLive(rows, (position, row) => {
        const value = at(planes.values, row);
        move(position, current.of(position), clean.of(position), normals.of(row), value);
      });
    });
  });
}

// Records iterates that break their examples, and pulls these back towards the clean inputs.
async function judge<I extends tf.Tensor>(
  {problem, settings, outcome, passes, clean, current}: FabContext<I>,
  rows: LiveRows,
  {target}: Run,
): Promise<void> {
  const {levels, threat} = problem;
  const tried = current.gather(rows.positions);
  if (levels !== undefined && threat.clip !== null) {
    const lattice = {levels, clip: threat.clip};
    rows.positions.forEach((position, row) => {
      roundToLevels(tried.of(row), clean.of(position), threat.norm, lattice);
    });
  }
  const logits = await disposeAfter((own) => passes.forward(rows, own(tried.upload())));
  for (const row of wrongRows(problem, rows, logits)) {
    const position = at(rows.positions, row);
    const center = clean.of(position);
    const before = outcome.points.get(position);
    recordIfNearer(problem, outcome, position, tried.of(row), center);
    if (target !== undefined && outcome.points.get(position) !== before) {
      outcome.targets.set(position, at(target, position));
    }
    pullBack(current.of(position), center, settings.backward);
  }
}

function pullBack(current: Float32Array, clean: Float32Array, backward: number): void {
  // V8 calls the function of forEach of a typed array for each value.
  for (let i = 0; i < clean.length; i++) {
    const from = clean[i] ?? NaN;
    current[i] = from + backward * ((current[i] ?? NaN) - from);
  }
}
