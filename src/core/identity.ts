import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {isRng} from './checks/checkRng';
import {isTrainable} from './classifier';
import {fingerprintOf} from './fingerprint';
import {isLayersModel, modelOf} from './layers/layersModel';
import {trainableParts} from './layers/trainableParts';

/** Plain data that says what something is, to be compared field by field. */
export type Identity =
  null | boolean | number | string | readonly Identity[] | {readonly [field: string]: Identity};

const given = new WeakMap<object, unknown>();

/**
 * Gives a function or an object its identity: what {@link identityOf} says of it, instead of what
 * can be seen from outside. The values that a closure has captured cannot be seen.
 *
 * @param value - An attack, a loss, a schedule, ...
 * @param identity - Its name and its options; models and functions among them are described in turn.
 * @returns `value` itself.
 * @example
 * ```ts
 * import {type Attack, pgdAttack, withIdentity} from 'lt-robust';
 *
 * const attackWith = (epsilon: number): Attack =>
 *   withIdentity(
 *     (model, x, labels, context) => pgdAttack(model, x, labels, {...context, epsilon}),
 *     {name: 'pgd', epsilon},
 *   );
 * ```
 */
export function withIdentity<T extends object>(value: T, identity: unknown): T {
  const isObject = typeof value === 'object' && (value as unknown) !== null;
  if (!isObject && typeof value !== 'function') {
    throw new InvalidArgumentError({
      where: 'withIdentity',
      argument: 'value',
      expected: 'be an object or a function',
      found: describeValue(value),
      remedy: 'Numbers and texts stand for themselves.',
    });
  }
  given.set(value, identity);
  return value;
}

/**
 * Describes a value as plain data: two values that decide other numbers should differ in it, as far
 * as that can be seen. Numbers, texts and lists stand for themselves; typed arrays, tensors and the
 * weights of a model are hashed; a generator is its state; a function is its name and a hash of its source, unless
 * {@link withIdentity} said what it is.
 *
 * @param value - Anything.
 * @returns Its description. Fields that are `undefined` are left out.
 */
export const identityOf = (value: unknown): Promise<Identity> => identityWithin(value, []);

// `around` holds the values that this one is a part of, so that one that contains itself comes to
// an end.
async function identityWithin(value: unknown, around: readonly unknown[]): Promise<Identity> {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return identityOfFunction(value);
  if (typeof value !== 'object') return typeof value;
  if (around.includes(value)) return 'a circle';
  const within = (entry: unknown) => identityWithin(entry, [...around, value]);
  if (given.has(value)) return within(given.get(value));
  if (isRng(value)) return `generator ${value.state().join(' ')}`;
  if (value instanceof tf.Tensor && value.isDisposed) return describeValue(value);
  if (value instanceof tf.Tensor) return `tensor ${await hashOf([value])}`;
  if (isTrainable(value)) {
    return `model ${await hashOf([...value.variables, ...value.statistics])}`;
  }
  if (isLayersModel(value)) {
    const {variables, statistics} = trainableParts(value);
    return `model ${await hashOf([...variables, ...statistics])}`;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${fingerprintOf([value])}`;
  if (Array.isArray(value)) return Promise.all(value.map(within));
  const fields = entriesOf(value).filter(([, field]) => field !== undefined);
  const described = fields.map(async ([name, field]) => [name, await within(field)] as const);
  return Object.fromEntries(await Promise.all(described));
}

// What cannot be read cannot tell one run from another either.
function entriesOf(value: object): [string, unknown][] {
  try {
    return Object.entries(value);
  } catch {
    return [['unreadable', true]];
  }
}

async function identityOfFunction(value: object): Promise<Identity> {
  if (given.has(value)) return identityOf(given.get(value));
  const model = modelOf(value);
  if (model !== undefined) return identityOf(model);
  const name = 'name' in value && typeof value.name === 'string' ? value.name : '';
  return `function ${name} ${fingerprintOf([Function.prototype.toString.call(value)])}`;
}

/** A hash of shapes and values, in their order. */
export async function hashOf(tensors: readonly tf.Tensor[]): Promise<string> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  return fingerprintOf(tensors.flatMap(({shape}, i) => [String(shape), viewOf(values[i])]));
}

const viewOf = (values: unknown): ArrayBufferView | string =>
  ArrayBuffer.isView(values) ? values : String(values);

/** A field in which two identities differ; a side that has no such field is `undefined`. */
export interface Difference {
  /** Path to the field, `'method.alpha'` say. */
  readonly field: string;
  /** What was saved. */
  readonly saved: Identity | undefined;
  /** What it is now. */
  readonly now: Identity | undefined;
}

const isFields = (value: Identity | undefined): value is Readonly<Record<string, Identity>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields in which two identities differ, the deepest that both sides have. */
export function differencesOf(
  saved: Identity | undefined,
  now: Identity | undefined,
  field = '',
): Difference[] {
  if (isFields(saved) && isFields(now)) {
    const names = new Set([...Object.keys(saved), ...Object.keys(now)]);
    return [...names].flatMap((name) =>
      differencesOf(saved[name], now[name], field === '' ? name : `${field}.${name}`),
    );
  }
  return JSON.stringify(saved) === JSON.stringify(now) ? [] : [{field, saved, now}];
}
