import {meanAndDeviation} from 'lt-robust';
import type {Experiment, ExperimentRow} from 'lt-robust/presets';

import type {Figure} from '../demo/summary';
import type {RowScores} from './measure';
import type {KeptRun} from './runRow';

/** The columns of the paper's tables. */
export const COLUMNS = ['clean', 'pgd', 'autoAttack', 'tailClean', 'tailPgd'] as const;
export type Column = (typeof COLUMNS)[number];

export const COLUMN_LABELS: Record<Column, string> = {
  ...{clean: 'Clean', pgd: 'PGD', autoAttack: 'AA', tailClean: 'T-Clean', tailPgd: 'T-PGD'},
};

/** Mean and deviation over the seeds of each column; null where it was not measured. */
export type RowFigures = Readonly<Record<Column, Figure | null>> & {
  readonly perClassClean: readonly Figure[];
  readonly perClassPgd: readonly Figure[];
};

/** A row over all seeds that are there. */
export interface RowSummary {
  readonly label: string;
  readonly group: string | null;
  readonly id: string;
  readonly seeds: readonly number[];
  readonly best: RowFigures;
  readonly last: RowFigures;
  readonly teacher: RowFigures | null;
  readonly bestEpochs: readonly number[];
  readonly imageSteps: number;
  readonly seconds: Figure;
  readonly collapsed: readonly {readonly seed: number; readonly reason: string}[];
}

const figure = (values: readonly number[]): Figure => {
  const {mean, deviation} = meanAndDeviation(values);
  return {mean, sd: deviation};
};

/** Scores of several runs as figures. */
export function figuresOf(scores: readonly RowScores[]): RowFigures {
  const column = (name: Column): Figure | null => {
    const values = scores.map((one) => one[name]).filter((value) => value !== null);
    return values.length === 0 ? null : figure(values);
  };
  const perClass = (name: 'perClassClean' | 'perClassPgd') =>
    (scores[0]?.[name] ?? []).map((_, c) => figure(scores.map((one) => one[name][c] ?? NaN)));
  return {
    ...{clean: column('clean'), pgd: column('pgd'), autoAttack: column('autoAttack')},
    ...{tailClean: column('tailClean'), tailPgd: column('tailPgd')},
    ...{perClassClean: perClass('perClassClean'), perClassPgd: perClass('perClassPgd')},
  };
}

/** Runs by seed and row, whichever of them ended first. */
export function inOrder<R extends Pick<KeptRun, 'id' | 'seed'>>(
  {rows}: Experiment,
  runs: readonly R[],
): readonly R[] {
  const place = ({id}: R) => rows.findIndex(({preset}) => preset.id === id);
  return [...runs].sort((a, b) => a.seed - b.seed || place(a) - place(b));
}

/** The rows of an experiment that have been run, in its order. */
export const summariseRows = (
  {rows}: Experiment,
  results: readonly KeptRun[],
): readonly RowSummary[] => rows.flatMap((row) => summariseRow(row, results));

function summariseRow(
  {label, group, preset}: ExperimentRow,
  results: readonly KeptRun[],
): RowSummary[] {
  const runs = results.filter(({id}) => id === preset.id).sort((a, b) => a.seed - b.seed);
  const [first] = runs;
  if (first === undefined) return [];
  const teachers = runs.flatMap(({teacher}) => (teacher === null ? [] : [teacher]));
  return [
    {
      ...{label, group: group ?? null, id: preset.id, seeds: runs.map(({seed}) => seed)},
      best: figuresOf(runs.map(({best}) => best.scores)),
      last: figuresOf(runs.map(({last}) => last)),
      teacher: teachers.length === 0 ? null : figuresOf(teachers),
      bestEpochs: runs.map(({best}) => best.epoch),
      imageSteps: first.imageSteps,
      seconds: figure(runs.map(({seconds}) => seconds)),
      collapsed: runs.flatMap(({seed, collapse}) =>
        collapse === null ? [] : [{seed, reason: collapse}],
      ),
    },
  ];
}
