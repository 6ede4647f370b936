import * as v from 'valibot';

import type {CheckpointValue} from './checkpoint';
import type {Identity} from './identity';

/*
 * Parts of the schemas of what is saved. A checkpoint comes from outside: a correct checksum shows
 * that it is complete, not that it is valid. This file is loaded when a checkpoint is, and not
 * before.
 */

/** A whole number of at least 0. */
export const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A number that is neither NaN nor infinite. */
export const finiteSchema = v.pipe(v.number(), v.finite());

/** A fraction, from 0 to 1. */
export const fractionSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Any number: a figure that somebody measured may be NaN. */
export const figureSchema = v.custom<number>((value) => typeof value === 'number', 'no number');

/** A whole number from `min` to `max`, both included. */
export const integerSchema = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));

/** One count for each of `length` classes or examples. */
export const countsSchema = (length: number) => v.pipe(v.array(countSchema), v.length(length));

/** Whole numbers below `end`, none of them twice. */
export const rowsSchema = (end: number) =>
  v.pipe(
    v.array(integerSchema(0, end - 1)),
    v.check((rows) => new Set(rows).size === rows.length, 'a row twice'),
  );

const product = (shape: readonly number[]): number => shape.reduce((size, side) => size * side, 1);

/** A tensor as plain data, with as many values as its shape says. */
export const tensorSchema = v.pipe(
  v.strictObject({
    shape: v.array(countSchema),
    values: v.union([v.instance(Float32Array), v.instance(Int32Array)]),
  }),
  v.check(
    ({shape, values}) => values.length === product(shape),
    'values that are not of its shape',
  ),
);

const isTable = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** Entries by name. Unlike valibot's own, it refuses the name `__proto__` instead of leaving it out. */
export const tableSchema = <T>(entry: v.GenericSchema<unknown, T>) =>
  v.custom<Readonly<Record<string, T>>>(
    (value) =>
      isTable(value) &&
      !Object.hasOwn(value, '__proto__') &&
      Object.values(value).every((each) => v.is(entry, each)),
    'no table of such entries',
  );

/** Figures by name. */
export const metricsSchema = tableSchema(figureSchema);

/** Something that makes a result doubtful; what a user's attack put beside it is left out. */
export const warningSchema = v.object({
  code: v.string(),
  message: v.string(),
  advice: v.string(),
});

/** Passes through a model. */
export const passesSchema = v.strictObject({
  forward: countSchema,
  backward: countSchema,
  queries: countSchema,
});

/** Whether a value is one that a checkpoint may hold: plain data, without a cycle. */
export const isCheckpointValue = (value: unknown): value is CheckpointValue =>
  isPlain(value, new Map());

// Objects are looked at once, however often they occur; one that is met inside itself is a cycle.
function isPlain(value: unknown, looked: Map<object, 'open' | 'plain'>): boolean {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return true;
  if (value instanceof Float32Array || value instanceof Int32Array) return true;
  if (typeof value !== 'object') return false;
  const before = looked.get(value);
  if (before !== undefined) return before === 'plain';
  if (!Array.isArray(value) && !isTable(value)) return false;
  if (Object.hasOwn(value, '__proto__')) return false;
  looked.set(value, 'open');
  const isAll = Object.values(value).every((entry) => isPlain(entry, looked));
  looked.set(value, 'plain');
  return isAll;
}

/** Any plain data. */
export const valueSchema = v.custom<CheckpointValue>(
  (value) => isCheckpointValue(value),
  'no plain data',
);

/** The envelope of a saved run. */
export const runSchema = v.strictObject({
  format: v.literal('lt-robust run'),
  kind: v.string(),
  identity: v.custom<Identity>((value) => isCheckpointValue(value), 'no plain data'),
  state: v.unknown(),
});

/**
 * Reads a value by a schema.
 *
 * @param schema - What it must be.
 * @param value - What was loaded.
 * @returns The value, or where it is not as it must be, and how.
 */
export function readBy<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
): {readonly value: T} | {readonly problem: string} {
  let result: v.SafeParseResult<v.GenericSchema<unknown, T>>;
  try {
    // At the first problem: what comes after it may rely on what is wrong, a length of 1e300 say.
    result = v.safeParse(schema, value, {abortEarly: true});
  } catch (error) {
    // A store of the user's may give objects whose parts are computed.
    return {problem: `it cannot be read: ${error instanceof Error ? error.message : 'it throws'}`};
  }
  if (result.success) return {value: result.output};
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  return {problem: `${path === null ? '' : `${path}: `}${issue.message}`};
}
