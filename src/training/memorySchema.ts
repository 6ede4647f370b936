import * as v from 'valibot';

import type {CheckpointValue} from '../core/checkpoint';
import {valueSchema} from '../core/savedSchemas';
import type {MethodMemory} from '../core/trainingMethod';

/**
 * A memory that has the form of the one that the method begins with, and that the method accepts.
 *
 * @param memory - The method's; `undefined` where it has none: then `null` is saved.
 */
export const memorySchema = (memory: MethodMemory | undefined) =>
  v.pipe(
    valueSchema,
    v.check(
      (value) =>
        memory === undefined
          ? value === null
          : isAlike(value, memory.initial) && memory.accepts?.(value) !== false,
      'no memory of this method',
    ),
  );

// A list may have become longer; a table has the names that it had, and a number stays finite.
function isAlike(value: CheckpointValue, initial: CheckpointValue): boolean {
  if (initial === null) return true;
  if (typeof initial !== 'object' || value === null || typeof value !== 'object') {
    if (typeof value !== typeof initial) return false;
    return typeof initial !== 'number' || Number.isFinite(value) || !Number.isFinite(initial);
  }
  if (initial instanceof Float32Array) return value instanceof Float32Array;
  if (initial instanceof Int32Array) return value instanceof Int32Array;
  if (isList(initial)) {
    return (
      isList(value) && value.every((entry, i) => isAlike(entry, initial[i] ?? initial[0] ?? null))
    );
  }
  if (isList(value) || ArrayBuffer.isView(value)) return false;
  const [names, known] = [Object.keys(value), Object.keys(initial)];
  return (
    names.length === known.length &&
    known.every(
      (name) => Object.hasOwn(value, name) && isAlike(entryOf(value, name), entryOf(initial, name)),
    )
  );
}

const isList = (value: CheckpointValue): value is readonly CheckpointValue[] =>
  Array.isArray(value);

const entryOf = (
  table: Exclude<CheckpointValue, null | boolean | number | string>,
  name: string,
): CheckpointValue => (isList(table) || ArrayBuffer.isView(table) ? null : (table[name] ?? null));
