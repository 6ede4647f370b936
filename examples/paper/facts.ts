import {hasAutoAttack} from './paperNumbers';
import type {PaperReport} from './report';
import {attackedImages} from './scale';
import {distinct, span, sum} from './spans';
import {nameOfRow} from './targets';

/** What the numbers of a report are of, in sentences that are true of all of its rows. */
export const facts = (report: PaperReport): readonly string[] => [
  ...(report.settings.data === null ? [] : [`Images from ${report.settings.data}.`]),
  ...ofRuns(report),
  ...ofAutoAttack(report),
  ...missing(report),
];

function ofRuns(report: PaperReport): readonly string[] {
  const {runs} = report;
  if (runs.length === 0) return [];
  const sets = trainingSets(report);
  const [only] = sets;
  const isOne = sets.length === 1 && only !== undefined;
  const train = sets.map(
    ({names, counts}) => `${distinct(names).join(', ')}: ${countWords(counts)}`,
  );
  const rest =
    `${span(runs.map(({testImages}) => testImages))} test images, ` +
    `${span(runs.map(({parameters}) => parameters))} parameters, ${stepWords(report)}.`;
  return isOne
    ? [`${countWords(only.counts, ' training images')}, ${rest}`]
    : [`Training images: ${train.join('; ')}.`, rest];
}

/** The training sets that there are, in the order of the rows, and what tells their rows apart. */
function trainingSets({experiment, runs}: PaperReport) {
  const sets = new Map<string, {readonly counts: readonly number[]; readonly names: string[]}>();
  for (const row of experiment.rows) {
    for (const {classCounts: counts} of runs.filter(({id}) => id === row.preset.id)) {
      const key = String(counts);
      const set = sets.get(key) ?? {counts, names: []};
      set.names.push(row.group ?? row.label);
      sets.set(key, set);
    }
  }
  return [...sets.values()];
}

const countWords = (counts: readonly number[], what = ''): string =>
  `${sum(counts).toLocaleString('en-US')}${what} (${shown(counts)})`;

function shown(counts: readonly number[]): string {
  const [most, least] = [counts[0] ?? 0, counts.at(-1) ?? 0];
  if (distinct(counts).length === 1) return `${most} of a class`;
  return counts.length <= 10 ? counts.join(', ') : `${most} to ${least} of a class`;
}

// Methods with other attacks than the rest are named.
function stepWords({experiment}: PaperReport): string {
  const labels = new Map<number, string[]>();
  for (const {label, preset} of experiment.rows) {
    const steps = preset.main.attack?.steps ?? 0;
    labels.set(steps, [...(labels.get(steps) ?? []), label]);
  }
  const kinds = [...labels].sort(([a], [b]) => b - a);
  const [only] = kinds;
  if (kinds.length === 1 && only !== undefined) {
    return only[0] === 0 ? 'no attack in training' : `PGD-${only[0]} in training`;
  }
  const words = kinds.map(([steps, of], i) => {
    const count = steps === 0 ? 'none' : i === 0 ? `${steps} steps` : steps;
    return `${count} (${distinct(of).join(', ')})`;
  });
  return `PGD in training: ${words.join(', ')}`;
}

// Where the paper has AutoAttack, fewer images are a difference from it.
function ofAutoAttack(report: PaperReport): readonly string[] {
  const images = attackedImages(report);
  if (images === null || images === 0 || hasAutoAttack(report.experiment.name)) return [];
  return [`AutoAttack was run on ${images.toLocaleString('en-US')} of the test images.`];
}

function missing({experiment, runs}: PaperReport): readonly string[] {
  if (runs.length === 0) return ['No run is there yet.'];
  const rows = experiment.rows.filter(({preset}) => runs.every(({id}) => id !== preset.id));
  return rows.length === 0 ? [] : [`No run yet: ${rows.map(nameOfRow).join('; ')}.`];
}

/** Of how many seeds the rows are: `'2 seeds'`, `'1 to 2 of the 2 seeds asked for'`. */
export function seedWords({seeds, rows}: PaperReport): string {
  const counts = rows.map((row) => row.seeds.length);
  const asked = `${seeds.length} seed${seeds.length === 1 ? '' : 's'}`;
  const areAll = counts.every((count) => count === seeds.length);
  return areAll ? asked : `${span(counts)} of the ${asked} asked for`;
}

/** The classes of the tail; another row's where they differ. */
export function tailWords({experiment, runs}: PaperReport): string {
  const tails = experiment.rows.flatMap(({preset}) =>
    runs
      .filter(({id}) => id === preset.id)
      .map(({tail, classNames}) => tail.map((c) => classNames[c] ?? c).join(', ')),
  );
  return distinct(tails).join(' or ');
}
