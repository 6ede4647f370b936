import * as tf from '@tensorflow/tfjs-core';

const TOLERANCE = 1e-4;

// The part of "0.0314 = 8 / 255" that is the value: up to the first " = " outside of quotes.
function valuePart(stated: string): string {
  let quote = '';
  for (let i = 0; i < stated.length; i++) {
    const char = stated.charAt(i);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"' || char === '`') {
      quote = char;
    } else if (stated.startsWith(' = ', i)) {
      return stated.slice(0, i);
    }
  }
  return stated;
}

/** The value that a `// => ...` comment states: a JavaScript expression, then maybe `= comment`. */
export function parseStated(stated: string): unknown {
  const text = valuePart(stated).trim();
  try {
    return new Function(`'use strict'; return (${text});`)() as unknown;
  } catch (error) {
    throw new Error(`"// => ${stated}" states no JavaScript value`, {cause: error});
  }
}

/** Numbers to 1e-4 (relative above 1), typed arrays as arrays, tensors as nested arrays. */
export function sameValue(actual: unknown, expected: unknown): boolean {
  if (actual instanceof tf.Tensor) return sameValue(actual.arraySync(), expected);
  if (typeof actual === 'number' && typeof expected === 'number') {
    if (Object.is(actual, expected) || actual === expected) return true;
    return Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
  }
  if (isList(actual) || isList(expected)) {
    if (!isList(actual) || !isList(expected) || actual.length !== expected.length) return false;
    return Array.from(expected).every((value, i) => sameValue(Array.from(actual)[i], value));
  }
  if (isObject(actual) && isObject(expected)) {
    const keys = Object.keys(expected);
    return (
      Object.keys(actual).length === keys.length &&
      keys.every((key) => key in actual && sameValue(actual[key], expected[key]))
    );
  }
  return actual === expected;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** How a value is shown when it is not the stated one. */
export function show(value: unknown): string {
  if (value instanceof tf.Tensor) return show(value.arraySync());
  if (ArrayBuffer.isView(value)) return show(Array.from(value as unknown as ArrayLike<unknown>));
  return typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
}
