import {checkOneOf} from '../core/checks/checkOneOf';
import {TABLES, type Kind} from './checkNamed';
import type {Table} from './entry';
import {WHERE} from './refuse';

/** A name of the registry. */
export interface Registered {
  /** As it stands in an experiment. */
  readonly name: string;
  /** What it is, in a line. */
  readonly what: string;
  /** Its options. */
  readonly options: readonly string[];
}

/**
 * The names that the registry has of one kind.
 *
 * @param kind - `'method'`, `'wrapper'`, `'attack'`, `'loss'`, `'optimizer'`, `'schedule'`,
 *   `'sampler'`, `'augmentation'` or `'head'`.
 * @returns Each name with a line about it and the names of its options.
 * @throws {@link InvalidArgumentError} if there is no such kind.
 * @example
 * ```ts
 * import {registered} from 'lt-robust/registry';
 *
 * registered('wrapper').map(({name}) => name); // => ['distillation', 'gradient-matching', 'awp']
 * ```
 */
export function registered(kind: Kind): Registered[] {
  checkOneOf(WHERE, 'kind', kind, Object.keys(TABLES));
  const table: Table<never, unknown> = TABLES[kind];
  return Object.entries(table).map(([name, {what, options}]) => ({
    ...{name, what},
    options: Object.keys(options),
  }));
}
