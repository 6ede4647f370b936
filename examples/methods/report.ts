import {readFile} from 'node:fs/promises';
import {isDeepStrictEqual} from 'node:util';

import {writeWhole} from '../shared/writeWhole';
import type {Candidate, Entry} from './grid';
import type {RunResult} from './runEntry';
import type {BenchSettings} from './settings';

/** A candidate that was tried, on the validation split. */
export interface Trial {
  readonly entry: string;
  readonly candidate: Candidate;
  readonly pgd20: number;
  readonly rarePgd20: number;
  readonly seconds: number;
  readonly collapse: string | null;
}

/** A run that is reported, on the test images. */
export interface Run extends RunResult {
  readonly entry: string;
  readonly candidate: Candidate;
  readonly seed: number;
}

/** Everything that was run: what a sweep goes on from. */
export interface MethodsReport {
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly settings: BenchSettings;
  readonly trials: readonly Trial[];
  readonly runs: readonly Run[];
}

/** The report in a file, or `undefined` if there is none. */
export async function readReport(path: string): Promise<MethodsReport | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as MethodsReport);
}

/** Writes a report, whole or not at all. */
export const writeReport = (path: string, report: MethodsReport): Promise<void> =>
  writeWhole(path, `${JSON.stringify(report, rounded, 1)}\n`);

// Seven digits say all that an accuracy or a time has.
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value;

/** Whether two sweeps can be one: what decides their numbers is the same. */
export const isSameSweep = (a: BenchSettings, b: BenchSettings): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));

/** What the choice goes by: robust accuracy over all classes and over the three rarest, alike. */
export const scoreOf = ({pgd20, rarePgd20}: Trial): number => (pgd20 + rarePgd20) / 2;

/** The trial of a candidate, if it was tried. */
export const trialOf = (
  {trials}: Pick<MethodsReport, 'trials'>,
  {name}: Entry,
  candidate: Candidate,
): Trial | undefined =>
  trials.find((each) => each.entry === name && isDeepStrictEqual(each.candidate, candidate));

/** The candidate that did best on the validation split; the first of equals, or of those not tried. */
export function choiceOf(report: Pick<MethodsReport, 'trials'>, entry: Entry): Candidate {
  const [first = {}] = entry.candidates;
  let [choice, best] = [first, -Infinity];
  for (const candidate of entry.candidates) {
    const trial = trialOf(report, entry, candidate);
    if (trial !== undefined && scoreOf(trial) > best) [choice, best] = [candidate, scoreOf(trial)];
  }
  return choice;
}
