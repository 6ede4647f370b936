import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/**
 * Throws where a value is not what a function can work with.
 *
 * @param where - Public function, for the message.
 * @param argument - Name of the argument or option.
 * @param value - What was passed.
 * @param isRight - Whether it can.
 * @param expected - What it must be, completing the sentence "must ...".
 * @param remedy - What the caller can do.
 */
export function checkGiven(
  where: string,
  argument: string,
  value: unknown,
  isRight: boolean,
  expected: string,
  remedy: string,
): void {
  if (isRight) return;
  throw new InvalidArgumentError({where, argument, expected, found: describeValue(value), remedy});
}

/** Throws unless `value` is a Uint8Array, from any realm; Node's Buffer is one. */
export function checkBytes(where: string, argument: string, value: unknown): void {
  const isBytes = ArrayBuffer.isView(value) && tagOf(value) === 'Uint8Array';
  const isBuffer = Object.prototype.toString.call(value) === '[object ArrayBuffer]';
  const remedy = isBuffer
    ? 'Wrap it: new Uint8Array(buffer).'
    : 'In Node pass what fs.readFile gives; in a browser, new Uint8Array(await response.arrayBuffer()).';
  checkGiven(where, argument, value, isBytes, 'be the bytes of a file, a Uint8Array', remedy);
}

const tagOf = (view: ArrayBufferView): unknown =>
  (view as ArrayBufferView & {readonly [Symbol.toStringTag]?: unknown})[Symbol.toStringTag];

/** Whether a value is an object, not a function, whose named parts are objects, too. */
export const hasParts = (value: unknown, ...parts: readonly string[]): boolean =>
  isObject(value) && parts.every((name) => isObject(value[name]));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
