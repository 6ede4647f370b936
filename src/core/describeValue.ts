import * as tf from '@tensorflow/tfjs-core';

const LONGEST = 40;

/**
 * What was passed, in words for an error message: dtype and shape of a tensor, a text in quotes, a
 * number as it is, else its type. It never throws, whatever the value does when it is looked at.
 */
export function describeValue(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? objectInWords(value) : inWords(value);
  } catch {
    return 'something that cannot be looked at';
  }
}

function inWords(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value}'`;
  }
  if (typeof value === 'bigint') return `the BigInt ${value}n`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'function') {
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'a class' : 'a function';
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

function objectInWords(value: object): string {
  if (value instanceof tf.Tensor) {
    const {dtype, shape, isDisposed} = value as tf.Tensor;
    return `${isDisposed ? 'a disposed tensor, ' : ''}${dtype} [${shape.join(', ')}]`;
  }
  if (Array.isArray(value)) return arrayInWords(value);
  if (ArrayBuffer.isView(value) && 'length' in value) {
    return `${value.constructor.name} of ${String(value.length)}`;
  }
  if ('then' in value && typeof value.then === 'function') return 'a promise';
  const made: unknown = Object.getPrototypeOf(value);
  if (made === null || made === Object.prototype) {
    const names = Object.keys(value);
    const some = `${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}`;
    return names.length === 0 ? 'an object with nothing' : `an object with ${some}`;
  }
  const name = (value.constructor as {readonly name?: unknown} | undefined)?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an instance of ${name}`
    : 'an object with a prototype of its own';
}

function arrayInWords(values: readonly unknown[]): string {
  if (values.length === 0) return 'an empty array';
  const [first] = values;
  if (values.length <= 4 && Array.from(values).every((each) => typeof each === 'number')) {
    return `[${values.join(', ')}]`;
  }
  const kind = Array.isArray(first) ? 'arrays' : KINDS[typeof first];
  const isAll = kind !== undefined && values.every((each) => typeof each === typeof first);
  return isAll ? `an array of ${values.length} ${kind}` : `an array of ${values.length}`;
}

const KINDS: Readonly<Record<string, string | undefined>> = {
  string: 'strings',
  number: 'numbers',
  bigint: 'BigInts',
  boolean: 'booleans',
};
