import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {checkNumber, type NumberRange} from './checkNumber';

/** Whether a value is an array or a typed array. Its entries are not looked at. */
export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** Throws unless `value` is an array or a typed array. */
export function checkList(
  where: string,
  argument: string,
  value: unknown,
  expected = 'be an array of numbers',
  remedy?: string,
): asserts value is ArrayLike<unknown> {
  if (isList(value)) return;
  const isTensor = typeof value === 'object' && value !== null && 'dataId' in value;
  throw new InvalidArgumentError({
    ...{where, argument, expected},
    found: describeValue(value),
    remedy:
      remedy ??
      (isTensor ? 'For the values of a tensor pass await tensor.data().' : 'Pass an array.'),
  });
}

/**
 * Throws unless `value` is an array or a typed array, and each entry a number in `range`.
 *
 * @param where - Public function, for the message.
 * @param argument - Name of the argument or option.
 * @param value - What was passed.
 * @param range - What is allowed of each; by default any finite number.
 * @param remedy - What the caller can do about an entry out of range.
 */
export function checkNumbers(
  where: string,
  argument: string,
  value: unknown,
  range: NumberRange = {},
  remedy?: string,
): asserts value is ArrayLike<number> {
  checkList(where, argument, value);
  for (let i = 0; i < value.length; i++) {
    checkNumber(where, `${argument}[${i}]`, value[i], range, remedy);
  }
}
