import {meanAndDeviation, type RobustnessReport} from 'lt-robust';

import type {RunResult} from './runMethod';
import {METHODS, type MethodName} from './settings';

/** Mean and sample standard deviation over the seeds; `sd` is null for one seed. */
export interface Figure {
  readonly mean: number;
  readonly sd: number | null;
}

/** Test figures of one checkpoint over all seeds, as fractions. */
export interface CheckpointSummary {
  readonly clean: Figure;
  readonly pgd20: Figure;
  readonly tailClean: Figure;
  readonly tailPgd20: Figure;
  readonly balancedPgd20: Figure;
  readonly worstClassPgd20: Figure;
  readonly perClassClean: readonly Figure[];
  readonly perClassPgd20: readonly Figure[];
}

/** One method over all seeds. */
export interface MethodSummary {
  readonly name: MethodName;
  readonly best: CheckpointSummary & {readonly epochs: readonly number[]};
  readonly last: CheckpointSummary;
  readonly teacher: CheckpointSummary | null;
  readonly elapsedMs: readonly number[];
}

function figure(values: readonly number[]): Figure {
  const {mean, deviation} = meanAndDeviation(values);
  return {mean, sd: values.length > 1 ? deviation : null};
}

function summarise(reports: readonly RobustnessReport[]): CheckpointSummary {
  const over = (pick: (report: RobustnessReport) => number | null | undefined) =>
    figure(reports.map((report) => pick(report) ?? NaN));
  const classes = reports[0]?.clean.perClass ?? [];
  return {
    clean: over((report) => report.clean.accuracy),
    pgd20: over((report) => report.attacks['pgd20']?.accuracy),
    tailClean: over((report) => report.clean.tail?.accuracy),
    tailPgd20: over((report) => report.attacks['pgd20']?.tail?.accuracy),
    balancedPgd20: over((report) => report.attacks['pgd20']?.balancedAccuracy),
    worstClassPgd20: over((report) => report.attacks['pgd20']?.worstClassAccuracy),
    perClassClean: classes.map((_, c) => over((report) => report.clean.perClass[c]?.accuracy)),
    perClassPgd20: classes.map((_, c) =>
      over((report) => report.attacks['pgd20']?.perClass[c]?.accuracy),
    ),
  };
}

/** Every method that ran, in the fixed order, over its seeds. */
export function summariseMethods(results: readonly RunResult[]): MethodSummary[] {
  return METHODS.map((name) => {
    const runs = results.filter((result) => result.method === name);
    const teachers = runs.flatMap(({teacher}) => (teacher === null ? [] : [teacher.test]));
    return {
      name,
      best: {
        ...summarise(runs.map((run) => run.best.test)),
        epochs: runs.map((run) => run.best.epoch),
      },
      last: summarise(runs.map((run) => run.last.test)),
      teacher: teachers.length === 0 ? null : summarise(teachers),
      elapsedMs: runs.map((run) => Math.round(run.elapsedMs)),
    };
  });
}

/** A figure in percent, as the papers print it: `38.9 ±0.5`. */
export function percent({mean, sd}: Figure): string {
  const spread = sd === null ? '' : ` ±${(100 * sd).toFixed(1)}`;
  return `${(100 * mean).toFixed(1)}${spread}`;
}

/** Column titles and rows of the table that is printed and written into the report. */
export function tableOf(methods: readonly MethodSummary[], labels: Record<MethodName, string>) {
  const head = ['method', 'checkpoint', 'Clean', 'PGD-20', 'T-Clean', 'T-PGD'];
  const row = (name: string, checkpoint: string, s: CheckpointSummary) => [
    ...[name, checkpoint],
    ...[s.clean, s.pgd20, s.tailClean, s.tailPgd20].map(percent),
  ];
  const rows = methods.flatMap(({name, best, last, teacher}) => [
    row(labels[name], 'best', best),
    row(labels[name], 'last', last),
    ...(teacher === null ? [] : [row('its balanced teacher', 'last', teacher)]),
  ]);
  return {head, rows};
}
