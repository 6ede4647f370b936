import {meanAndDeviation} from 'lt-robust';

import {passesPerImageStep, scalePasses} from './budget';
import type {Column, Scores} from './measure';
import {METHODS, type MethodName} from './methodNames';
import type {RunResult} from './runMethod';

/** Mean and sample standard deviation over the seeds; `sd` is null for one seed. */
export interface Figure {
  readonly mean: number;
  readonly sd: number | null;
}

/** Test figures of one checkpoint over all seeds, as fractions. */
export type CheckpointSummary = Readonly<Record<Exclude<Column, 'tailAutoAttack'>, Figure>> & {
  /** Null where AutoAttack was not run. */
  readonly tailAutoAttack: Figure | null;
  readonly perClassClean: readonly Figure[];
  readonly perClassPgd20: readonly Figure[];
};

/** What a row of the table cost, per run. */
export interface CostSummary {
  readonly imageSteps: number;
  readonly forward: number;
  readonly backward: number;
  readonly teacherForward: number;
  readonly seconds: Figure;
}

/** One method over all seeds. */
export interface MethodSummary {
  readonly name: MethodName;
  readonly cost: CostSummary;
  readonly last: CheckpointSummary;
  readonly best: CheckpointSummary & {readonly epochs: readonly number[]};
  /** The teacher that its student was taught by, at the share of the image-steps that it had. */
  readonly teacher: {readonly cost: CostSummary; readonly last: CheckpointSummary} | null;
  /** Runs that collapsed, each with its reason; they count in the figures. */
  readonly collapsed: readonly {readonly seed: number; readonly reason: string}[];
}

export function figure(values: readonly number[]): Figure {
  const {mean, deviation} = meanAndDeviation(values);
  return {mean, sd: deviation};
}

export function summarise(scores: readonly Scores[]): CheckpointSummary {
  const over = (pick: (s: Scores) => number) => figure(scores.map(pick));
  const classes = scores[0]?.perClassClean ?? [];
  const attacked = scores.flatMap(({tailAutoAttack}) => tailAutoAttack ?? []);
  return {
    clean: over((s) => s.clean),
    pgd20: over((s) => s.pgd20),
    worstClassPgd20: over((s) => s.worstClassPgd20),
    tailClean: over((s) => s.tailClean),
    tailPgd20: over((s) => s.tailPgd20),
    tailAutoAttack: attacked.length === 0 ? null : figure(attacked),
    rareClean: over((s) => s.rareClean),
    rarePgd20: over((s) => s.rarePgd20),
    perClassClean: classes.map((_, c) => over((s) => s.perClassClean[c] ?? NaN)),
    perClassPgd20: classes.map((_, c) => over((s) => s.perClassPgd20[c] ?? NaN)),
  };
}

/** Every method that ran, in the fixed order, over its seeds. */
export function summariseMethods(results: readonly RunResult[]): MethodSummary[] {
  return METHODS.flatMap((name) => {
    const runs = results.filter(({method}) => method === name);
    const [first] = runs;
    if (first === undefined) return [];
    const {plan, passes} = first;
    const teachers = runs.flatMap(({teacher}) => (teacher === null ? [] : [teacher]));
    const teacherSteps = plan.teacher?.imageSteps ?? 0;
    return [
      {
        name,
        cost: {
          ...passes,
          imageSteps: plan.main.imageSteps + teacherSteps,
          seconds: figure(runs.map(({seconds}) => seconds)),
        },
        last: summarise(runs.map(({last}) => last)),
        best: {
          ...summarise(runs.map(({best}) => best.scores)),
          epochs: runs.map(({best}) => best.epoch),
        },
        teacher:
          teachers.length === 0
            ? null
            : {
                cost: {
                  ...scalePasses(passesPerImageStep('teacher', first.attackSteps), teacherSteps),
                  imageSteps: teacherSteps,
                  seconds: figure(teachers.map(({seconds}) => seconds)),
                },
                last: summarise(teachers.map(({last}) => last)),
              },
        collapsed: runs.flatMap((run) =>
          run.collapse === null ? [] : [{seed: run.seed, reason: run.collapse}],
        ),
      },
    ];
  });
}
