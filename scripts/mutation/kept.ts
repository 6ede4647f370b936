import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {wilsonInterval} from '../../src/metrics/wilsonInterval';
import {describeMutant, type Mutant} from './mutants';
import type {Outcome} from './runMutants';

const FOLDER = 'docs/mutation';

/** A mutant that no test noticed when it was first run. */
export interface Survivor {
  readonly key: string;
  readonly mutant: string;
  /** What it was found to be: `message`, `equivalent: why`, `gap: what is missing`, or `` if not looked at. */
  readonly kind: string;
  /** Whether more than the tests beside the code have been run with it: all unit tests, or those of its room. */
  readonly isTried: boolean;
  /** Whether the first run of those tests caught it: no test was written for it. */
  readonly isElsewhere: boolean;
}

/** What is kept of a folder. */
export interface Kept {
  readonly folder: string;
  /** Commit and day of the last run that changed this. */
  readonly commit: string;
  readonly date: string;
  /** Mutants that there are in the folder. */
  readonly mutants: number;
  /** Keys of mutants caught at first, and of those that ran out of time twice. */
  readonly killed: readonly string[];
  readonly timeout: readonly string[];
  readonly survived: readonly Survivor[];
  /** What the tests beside the code did not catch, and another or a later test does. */
  readonly mended: readonly Survivor[];
  /** Keys of the newest sample. */
  readonly newest: readonly string[];
}

/** A survivor as it was kept before there were several samples. */
const whole = (kept: Partial<Survivor>): Survivor => ({
  ...{key: '', mutant: '', kind: '', isTried: false, isElsewhere: false},
  ...kept,
});

const fileOf = (folder: string): string => path.join(FOLDER, `${folder.replaceAll('/', '-')}.json`);

/** What is kept of a folder, if it is kept in this form. */
export function loadKept(folder: string): Kept {
  const none: Partial<Survivor>[] = [];
  const nothing = {killed: '', timeout: '', survived: none, mended: none, newest: ''};
  const file = fileOf(folder);
  const saved = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const {killed, timeout, newest, ...rest} = {...nothing, ...saved};
  const keys = (text: string) => text.split(' ').filter(Boolean);
  return {
    ...{folder, commit: '', date: '', mutants: 0},
    ...rest,
    ...{survived: rest.survived.map(whole), mended: rest.mended.map(whole)},
    ...{killed: keys(killed), timeout: keys(timeout), newest: keys(newest)},
  };
}

/** Everything kept. */
export const loadAll = (): Kept[] =>
  (existsSync(FOLDER) ? readdirSync(FOLDER) : [])
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as {folder: string})
    .map(({folder}) => loadKept(folder));

/** Writes it where {@link loadKept} finds it. */
export function saveKept(kept: Kept): void {
  mkdirSync(FOLDER, {recursive: true});
  const text = (keys: readonly string[]) => [...keys].sort().join(' ');
  const byPlace = (all: readonly Survivor[]) =>
    [...all].sort((a, b) => (a.mutant < b.mutant ? -1 : 1));
  const {killed, timeout, survived, mended, newest} = kept;
  const plain = {
    ...kept,
    ...{killed: text(killed), timeout: text(timeout), newest: text(newest)},
    ...{survived: byPlace(survived), mended: byPlace(mended)},
  };
  writeFileSync(fileOf(kept.folder), `${JSON.stringify(plain, null, 1)}\n`);
}

/** Keys whose outcome is known. */
export const knownKeys = ({killed, timeout, survived, mended}: Kept): Set<string> =>
  new Set([...killed, ...timeout, ...[...survived, ...mended].map(({key}) => key)]);

/**
 * Adds outcomes to what is kept. A mutant that survived before and is caught now becomes mended: the
 * score of the sample as it was drawn stays what it was. With `isWide` all unit tests were run; the first
 * time, what they catch counts as caught elsewhere. What is no longer in the source is dropped.
 */
export function addOutcomes(
  kept: Kept,
  present: readonly Mutant[],
  outcomes: ReadonlyMap<Mutant, Outcome>,
  {
    isWide = false,
    ...at
  }: {readonly commit: string; readonly date: string; readonly isWide?: boolean},
): Kept {
  const keys = new Set(present.map(({key}) => key));
  const before = new Map([...kept.survived, ...kept.mended].map((one) => [one.key, one]));
  const run = [...outcomes];
  const ran = new Set(run.map(([{key}]) => key));
  const stays = (key: string) => keys.has(key) && !ran.has(key);
  const withOutcome = (wanted: Outcome) =>
    run.filter(([{key}, outcome]) => outcome === wanted && !before.has(key)).map(([{key}]) => key);
  const isCaught = (outcome: Outcome) => outcome === 'killed' || outcome === 'timeout';
  const survivor = (mutant: Mutant, outcome: Outcome): Survivor => {
    const known = before.get(mutant.key);
    const isFirst = isWide && known?.isTried === false;
    return {
      key: mutant.key,
      mutant: describeMutant(mutant),
      kind: known?.kind ?? (mutant.isMessage ? 'message' : ''),
      isTried: isWide || known?.isTried === true,
      isElsewhere: known?.isElsewhere === true || (isFirst && isCaught(outcome)),
    };
  };
  const known = knownKeys(kept);
  const drawn = run.map(([{key}]) => key).filter((key) => !known.has(key));
  const chosen = (wanted: (mutant: Mutant, outcome: Outcome) => boolean) =>
    run
      .filter(([mutant, outcome]) => wanted(mutant, outcome))
      .map(([mutant, outcome]) => survivor(mutant, outcome));
  return {
    ...{folder: kept.folder, ...at, mutants: present.length},
    killed: [...kept.killed.filter(stays), ...withOutcome('killed')],
    timeout: [...kept.timeout.filter(stays), ...withOutcome('timeout')],
    survived: [
      ...kept.survived.filter(({key}) => stays(key)),
      ...chosen((_, outcome) => outcome === 'survived'),
    ],
    mended: [
      ...kept.mended.filter(({key}) => stays(key)),
      ...chosen(({key}, outcome) => before.has(key) && isCaught(outcome)),
    ],
    newest: drawn.length > 0 ? drawn : kept.newest.filter((key) => keys.has(key)),
  };
}

/** A folder's figures. */
export interface Figures {
  /** Mutants with an outcome, and mutants that there are. */
  readonly tried: number;
  readonly mutants: number;
  readonly timeouts: number;
  /** Caught when first run: of the sample as it was drawn. */
  readonly atFirst: number;
  /** Caught when all unit tests were first run with them. */
  readonly bySuite: number;
  /** Caught today: tests were written for some of the survivors. */
  readonly now: number;
  /** 95 % interval of the folder's share of mutants that all unit tests caught at first. */
  readonly interval: readonly [low: number, high: number];
}

/** Counts, over one folder or several. */
export function figuresOf(all: readonly Kept[]): Figures {
  const sum = (count: (kept: Kept) => number) =>
    all.reduce((total, kept) => total + count(kept), 0);
  const timeouts = sum(({timeout}) => timeout.length);
  const atFirst = sum(({killed}) => killed.length) + timeouts;
  const mended = sum((kept) => kept.mended.length);
  const bySuite = atFirst + sum((kept) => kept.mended.filter(isElsewhere).length);
  const tried = atFirst + mended + sum(({survived}) => survived.length);
  return {
    ...{tried, mutants: sum(({mutants}) => mutants), timeouts, atFirst, bySuite},
    now: atFirst + mended,
    interval: tried === 0 ? [0, 1] : wilsonInterval(bySuite, tried),
  };
}

const isElsewhere = (survivor: Survivor): boolean => survivor.isElsewhere;

/** A sample as it was drawn. */
export interface Sample {
  readonly run: number;
  readonly caught: number;
  /** Survivors that were found to change nothing. */
  readonly equivalent: number;
}

/** The newest sample alone: mutants run, and caught by all unit tests as they were then. */
export function newestOf({newest, killed, timeout, survived, mended}: Kept): Sample {
  const missed = [...survived, ...mended].filter((one) => !one.isElsewhere).map(({key}) => key);
  const caught = new Set([...killed, ...timeout, ...mended.map(({key}) => key)]);
  for (const key of missed) caught.delete(key);
  const same = new Set(
    survived.filter(({kind}) => kind.startsWith('equivalent')).map(({key}) => key),
  );
  const count = (keys: ReadonlySet<string>) => newest.filter((key) => keys.has(key)).length;
  return {run: newest.length, caught: count(caught), equivalent: count(same)};
}

/** The share that was caught, of all and of those that change something. */
export const scoresOf = ({run, caught, equivalent}: Sample): readonly [all: number, real: number] =>
  // A sample of nothing but equivalent mutants leaves nothing to catch.
  [caught / run, caught === run - equivalent ? 1 : caught / (run - equivalent)];

const percent = (share: number): string => (100 * share).toFixed(1);

/** One line on a folder, or on several together. */
export function describeFigures(name: string, all: readonly Kept[]): string {
  const {tried, mutants, timeouts, atFirst, bySuite, now, interval} = figuresOf(all);
  if (tried === 0) return `${name}: none of ${mutants} mutants run`;
  const [low, high] = interval.map(percent);
  const newest = all.map(newestOf).reduce((a, b) => ({
    ...{run: a.run + b.run, caught: a.caught + b.caught},
    equivalent: a.equivalent + b.equivalent,
  }));
  const [share, real] = scoresOf(newest).map(percent);
  return (
    `${name}: ${tried} of ${mutants} mutants run; ${atFirst} caught by the tests beside them ` +
    `(${timeouts} by the time they took), ${bySuite} by all unit tests at first ` +
    `(${percent(bySuite / tried)} %, 95 % interval ${low} to ${high}); ` +
    `${now} now (${percent(now / tried)} %); newest sample: ${newest.caught} of ${newest.run} ` +
    `(${share} %), of ${newest.run - newest.equivalent} that are not equivalent (${real} %)`
  );
}
