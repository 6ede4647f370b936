import * as v from 'valibot';

import {describeValue} from '../core/describeValue';
import {ATTACKS} from './attacks';
import {AUGMENTATIONS} from './augmentations';
import type {Named, Table} from './entry';
import {HEADS} from './heads';
import {LOSSES} from './losses';
import {METHODS} from './methods';
import {OPTIMIZERS} from './optimizers';
import {refuse, refuseName} from './refuse';
import {SAMPLERS} from './samplers';
import {SCHEDULES} from './schedules';
import {WRAPPERS} from './wrappers';

/** The tables of the registry, by what their entries are. */
export const TABLES = {
  method: METHODS,
  wrapper: WRAPPERS,
  attack: ATTACKS,
  loss: LOSSES,
  optimizer: OPTIMIZERS,
  schedule: SCHEDULES,
  sampler: SAMPLERS,
  augmentation: AUGMENTATIONS,
  head: HEADS,
} as const satisfies Readonly<Record<string, Table<never, unknown>>>;

/** A kind of thing that the registry has names for. */
export type Kind = keyof typeof TABLES;

// Options that are configurations themselves.
const NESTED: Readonly<Record<string, Kind>> = {
  loss: 'loss',
  before: 'method',
  after: 'method',
  into: 'schedule',
};

const articleOf = (kind: Kind): string =>
  ['attack', 'optimizer', 'augmentation'].includes(kind) ? `an ${kind}` : `a ${kind}`;

/**
 * Checks the configuration of one thing: its name, and the names and types of its options. Their
 * ranges are checked when it is made.
 *
 * @param path - Where it stands, for the message.
 * @param kind - What it has to be.
 * @param value - A name, or `{name, ...options}`.
 * @returns The latter, with what is nested in it in the same form.
 * @throws {@link InvalidArgumentError} on an unknown name, an unknown option or one of another type.
 */
export function checkNamed(path: string, kind: Kind, value: unknown): Named {
  const config = typeof value === 'string' ? {name: value} : value;
  if (!isNamed(config)) {
    return refuse(
      path,
      `be the name of ${articleOf(kind)}, or {"name": ...} with its options`,
      inWords(value),
      `There are: ${Object.keys(TABLES[kind]).join(', ')}.`,
    );
  }
  const {name, ...given} = config;
  const table: Table<never, unknown> = TABLES[kind];
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) return refuseName(path, articleOf(kind), name, Object.keys(table));
  const options = Object.fromEntries(
    Object.entries(given).map(([key, option]) => {
      const inner = Object.hasOwn(entry.options, key) ? NESTED[key] : undefined;
      return [key, inner === undefined ? option : checkNamed(`${path}.${key}`, inner, option)];
    }),
  );
  const checked = v.safeParse(v.strictObject(entry.options), options);
  if (!checked.success) return refuseIssue(path, name, checked.issues[0], entry.options);
  return {name, ...options};
}

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';

const inWords = (value: unknown): string =>
  typeof value === 'object' ? describeValue(value) : JSON.stringify(value);

/** Throws what a schema found wrong first. */
export function refuseIssue(
  path: string,
  what: string,
  issue: v.BaseIssue<unknown>,
  options: Readonly<Record<string, unknown>>,
): never {
  const keys = issue.path?.map(({key}) => String(key)) ?? [];
  const at = [path, ...keys].filter((part) => part !== '').join('.');
  const [key = ''] = keys;
  if (!Object.hasOwn(options, key)) {
    return refuseName(at, `an option of ${what}`, key, Object.keys(options));
  }
  if (issue.input === undefined)
    return refuse(at, 'be given', 'nothing', `Add it: ${what} needs it.`);
  const expected = (issue.expected ?? 'of another form').replaceAll('"', "'");
  return refuse(at, `be ${expected}`, inWords(issue.input), 'See docs/registry.md.');
}
