import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Range that {@link checkNumber} accepts. */
export interface NumberRange {
  /** Smallest value allowed. */
  readonly min?: number;
  /** Largest value allowed. */
  readonly max?: number;
  /** The value must be strictly greater. */
  readonly above?: number;
  /** The value must be strictly less. */
  readonly below?: number;
  /** Whether only integers are allowed. */
  readonly integer?: boolean;
  /** Whether float32 must hold it: neither beyond its largest number, nor so small that it is 0. */
  readonly float32?: boolean;
}

function describe({min, max, above, below, integer}: NumberRange): string {
  const bounds = Object.entries({'>': above, '>=': min, '<=': max, '<': below})
    .filter(([, bound]) => bound !== undefined)
    .map(([sign, bound]) => `${sign} ${bound}`);
  return `be ${integer ? 'an integer' : 'a finite number'} ${bounds.join(' and ')}`.trimEnd();
}

/**
 * Throws unless `value` is a finite number in `range`.
 *
 * @param where - Public function, for the message.
 * @param argument - Name of the argument or option.
 * @param value - What was passed.
 * @param range - What is allowed; by default any finite number.
 * @param remedy - What the caller can do.
 * @throws {@link InvalidArgumentError} if it is not.
 */
export function checkNumber(
  where: string,
  argument: string,
  value: unknown,
  range: NumberRange = {},
  remedy = 'Pass a value in that range.',
): asserts value is number {
  const {min = -Infinity, max = Infinity, above = -Infinity, integer = false} = range;
  const {float32 = false, below = Infinity} = range;
  const valid =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= min &&
    value <= max &&
    value > above &&
    value < below &&
    (!integer || Number.isInteger(value));
  if (!valid || (float32 && !fitsFloat32(value))) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: valid ? `${describe(range)}, within float32` : describe(range),
      found: describeValue(value),
      remedy: typeof value === 'string' ? unquoted(value) : remedy,
    });
  }
}

const fitsFloat32 = (value: number): boolean => {
  const single = Math.fround(value);
  return Number.isFinite(single) && (single !== 0 || value === 0);
};

/** What to do about a number that came as text, from a form, an environment or a command line: '8/255'. */
export function unquoted(text: string): string {
  const fraction = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/.exec(text);
  if (fraction !== null) return `Write ${fraction[1]} / ${fraction[2]}, without quotes.`;
  const isNumber = text.trim() !== '' && Number.isFinite(Number(text));
  return isNumber
    ? `Write ${text.trim()}, without quotes, or convert it with Number(...).`
    : 'Pass a number.';
}
