import {COLUMNS, type Column, type Scores} from './measure';
import {pairedDifference, type PairedDifference} from './paired';
import type {RunResult} from './runMethod';
import type {Regime, Variant} from './searchGrid';
import type {DemoSettings} from './settings';

type Values = Readonly<Partial<Record<Column, number>>>;
type Differences = Readonly<Partial<Record<Column, PairedDifference>>>;

/** One run of a variant. */
export interface SearchRun {
  readonly seed: number;
  readonly seconds: number;
  /** Validation split at the last epoch. */
  readonly validation: {readonly pgd20: number; readonly rarePgd20: number};
  /** Test set. */
  readonly last: Values;
  readonly best: Values & {readonly epoch: number};
  readonly teacher: Values | null;
  readonly collapse: string | null;
}

/** One method with its settings, against the baselines of its regime. */
export interface SearchVariant {
  readonly name: string;
  readonly method: string;
  readonly settings: Partial<DemoSettings>;
  readonly isTrial?: boolean;
  readonly imageSteps: number | null;
  readonly runs: readonly SearchRun[];
  /** Test figures minus those of AT-BSL with the same seeds; null for AT-BSL itself. */
  readonly againstAtBsl: {readonly last: Differences; readonly best: Differences} | null;
  readonly againstTeacherAlone: {readonly last: Differences; readonly best: Differences} | null;
}

/** What one regime gave so far. */
export interface RegimeReport {
  readonly name: string;
  readonly why: string;
  readonly settings: DemoSettings;
  readonly classCounts: readonly number[];
  /**
   * The taught variant with the highest mean on the validation split at the last epoch, by PGD-20
   * over all classes and over the three rarest; null while none has run.
   */
  readonly chosen: {readonly pgd20: string | null; readonly rarePgd20: string | null};
  readonly variants: readonly SearchVariant[];
}

export interface SearchReport {
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly regimes: readonly RegimeReport[];
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

// Ten thousandths are far below what one test image makes.
const rounded = (value: number) => Math.round(value * 1e5) / 1e5;

function valuesOf(scores: Scores): Values {
  const entries = COLUMNS.flatMap((column) => {
    const value = scores[column];
    return value === null ? [] : [[column, rounded(value)] as const];
  });
  return Object.fromEntries(entries) as Values;
}

function searchRun({seed, seconds, history, last, best, teacher, collapse}: RunResult): SearchRun {
  const measured = history.at(-1);
  return {
    ...{seed, seconds: Math.round(seconds)},
    validation: {pgd20: measured?.pgd20 ?? NaN, rarePgd20: measured?.rarePgd20 ?? NaN},
    last: valuesOf(last),
    best: {epoch: best.epoch, ...valuesOf(best.scores)},
    teacher: teacher === null ? null : valuesOf(teacher.last),
    collapse,
  };
}

function differences(
  runs: readonly SearchRun[],
  others: readonly SearchRun[],
  which: 'last' | 'best',
): Differences {
  const pairs = runs.flatMap((run) => {
    const other = others.find(({seed}) => seed === run.seed);
    return other === undefined ? [] : [[run[which], other[which]] as const];
  });
  const found: Partial<Record<Column, PairedDifference>> = {};
  for (const column of COLUMNS) {
    const values = pairs.flatMap(([a, b]) => {
      const [x, y] = [a[column], b[column]];
      return x === undefined || y === undefined ? [] : [rounded(x - y)];
    });
    if (values.length > 0) found[column] = pairedDifference(values);
  }
  return found;
}

/** What the runs of a regime say; `runs` are in the order of its variants. */
export function regimeReport(
  {name, why, settings, variants}: Regime,
  runs: readonly (readonly RunResult[])[],
): RegimeReport {
  const searched = variants.map((variant, i) => ({
    ...variant,
    runs: (runs[i] ?? []).map(searchRun).sort((a, b) => a.seed - b.seed),
    plan: runs[i]?.[0]?.plan,
  }));
  const runsOf = (method: string) => searched.find((v) => v.method === method)?.runs ?? [];
  const against = (own: readonly SearchRun[], method: string, {method: is, isTrial}: Variant) =>
    is === method || isTrial === true
      ? null
      : {
          last: differences(own, runsOf(method), 'last'),
          best: differences(own, runsOf(method), 'best'),
        };
  const taught = searched.filter(
    (v) => v.isTrial !== true && v.runs.some(({teacher}) => teacher !== null),
  );
  const chosenBy = (metric: keyof SearchRun['validation']) => {
    const scored = taught.map((v) => ({
      name: v.name,
      value: mean(v.runs.map(({validation}) => validation[metric])),
    }));
    return scored.sort((a, b) => b.value - a.value)[0]?.name ?? null;
  };
  return {
    ...{name, why, settings},
    classCounts: runs.flat()[0]?.classCounts ?? [],
    chosen: {pgd20: chosenBy('pgd20'), rarePgd20: chosenBy('rarePgd20')},
    variants: searched.map(({plan, ...variant}) => ({
      ...variant,
      imageSteps:
        plan === undefined ? null : plan.main.imageSteps + (plan.teacher?.imageSteps ?? 0),
      againstAtBsl: against(variant.runs, 'at-bsl', variant),
      againstTeacherAlone: against(variant.runs, 'teacher', variant),
    })),
  };
}
