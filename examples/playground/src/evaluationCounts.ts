import {percent} from './dom';
import type {EvaluationPart} from './protocol';

/** What is evaluated. */
export interface Subject {
  /** Changes when the numbers would. */
  readonly key: string;
  readonly network: string;
  readonly attack: string;
  readonly names: readonly string[];
  /** Training images of each class, where they are known. */
  readonly counts: readonly number[] | null;
  /** Whether the labels are what the network itself says of the clean images. */
  readonly isOwnAnswer: boolean;
  /** Images to evaluate; 0 where there are none. */
  readonly images: number;
}

/** How far an evaluation is. */
export interface Counts {
  readonly subject: Subject;
  readonly done: number;
  /** Images of each class, and how many of them are right, clean and attacked. */
  readonly totals: readonly number[];
  readonly clean: readonly number[];
  readonly attacked: readonly number[];
  readonly warnings: readonly string[];
}

/** An evaluation that has not begun. */
export function noCounts(subject: Subject): Counts {
  const zeros = subject.names.map(() => 0);
  return {subject, done: 0, totals: zeros, clean: zeros, attacked: zeros, warnings: []};
}

/** An evaluation with one part more. */
export function withPart(counts: Counts, part: EvaluationPart): Counts {
  const add = (a: readonly number[], b: readonly number[]) =>
    b.map((value, c) => value + (a[c] ?? 0));
  return {
    subject: counts.subject,
    done: part.done,
    totals: add(counts.totals, part.totals),
    clean: add(counts.clean, part.clean),
    attacked: add(counts.attacked, part.attacked),
    warnings: [...new Set([...counts.warnings, ...part.warnings])],
  };
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** The share of a class that is right; `null` without images. */
export const shareOf = (right: number | undefined, total: number | undefined): number | null =>
  right === undefined || total === undefined || total === 0 ? null : right / total;

/** A share in words. */
export const shareText = (share: number | null): string => (share === null ? '–' : percent(share));

/** How far it is and what it says so far, in a sentence. */
export function countsText(
  {subject, done, totals, clean, attacked, warnings}: Counts,
  state: string,
): string {
  if (done === 0) return '\u00a0';
  const total = sum(totals);
  const [before, now] = [clean, attacked].map((right) => shareText(shareOf(sum(right), total)));
  const scores = `${before} right on clean images, ${now} under attack`;
  return [`${done} of ${subject.images} images${state}: ${scores}.`, ...warnings].join(' ');
}

/** The figures of an evaluation that is done, for the table of all of them. */
export function countsRow({subject, totals, clean, attacked}: Counts): string[] {
  const total = sum(totals);
  const perClass = attacked.map((right, c) => shareOf(right, totals[c]));
  const known = perClass.filter((share) => share !== null);
  const rarest = subject.counts === null ? null : (perClass.at(-1) ?? null);
  return [
    subject.attack,
    total.toLocaleString('en-US'),
    shareText(shareOf(sum(clean), total)),
    shareText(shareOf(sum(attacked), total)),
    shareText(known.length === 0 ? null : Math.min(...known)),
    shareText(rarest),
  ];
}
