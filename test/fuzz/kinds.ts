import * as tf from '@tensorflow/tfjs-core';

/** What an argument is: a right value of it, and which other values are right as well. */
export interface Kind {
  /** A right value; the same object each time where it is large. */
  readonly valid: () => unknown;
  /** Whether a value is right: then a function may take it. All others it has to refuse. */
  readonly isRight: (value: unknown) => boolean;
  /** Values not to try: they are right, and would take for ever. */
  readonly skip?: ((value: unknown) => boolean) | undefined;
  /** Whether an option has to be given. */
  readonly required?: boolean;
  /** Whether an option is given in the call that the others are tried in. */
  readonly base?: boolean;
}

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** A finite number in a range. */
export const real = (
  valid: number,
  {min = -Infinity, max = Infinity, above = -Infinity, below = Infinity} = {},
): Kind => ({
  valid: () => valid,
  isRight: (v) => isNumber(v) && v >= min && v <= max && v > above && v < below,
});

/** A positive number that float32 can hold. */
export const single = (valid: number): Kind => ({
  valid: () => valid,
  isRight: (v) => isNumber(v) && Math.fround(v) > 0 && Number.isFinite(Math.fround(v)),
});

/** A whole number; those above `most` would take for ever. */
export const whole = (valid: number, min = 1, max = Infinity, most = 50): Kind => ({
  valid: () => valid,
  isRight: (v) => Number.isInteger(v) && (v as number) >= min && (v as number) <= max,
  skip: (v) => isNumber(v) && v > most,
});

export const flag = (valid = false): Kind => ({
  valid: () => valid,
  isRight: (v) => typeof v === 'boolean',
});

export const choice = (...names: string[]): Kind => ({
  valid: () => names[0],
  isRight: (v) => names.includes(v as string),
});

export const text = (valid: string): Kind => ({
  valid: () => valid,
  isRight: (v) => typeof v === 'string',
});

/** A function; a class is none. */
export const callback = (valid: (...args: never[]) => unknown): Kind => ({
  valid: () => valid,
  isRight: (v) => typeof v === 'function' && !String(v).startsWith('class'),
});

/** Only what is there, and nothing of the bad values. */
export const only = (valid: () => unknown, isRight: Kind['isRight'] = () => false): Kind => ({
  valid,
  isRight,
});

/** Whether a value is a plain object, of no class. */
export const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** Whether a value is a plain object without entries. */
export const isEmptyTable = (value: unknown): boolean =>
  isTable(value) && Object.keys(value).length === 0;

/** Anything at all. */
export const anything = (valid: unknown): Kind => ({valid: () => valid, isRight: () => true});

const isListOf = (value: unknown, isEntry: (entry: unknown, i: number) => boolean): boolean => {
  const isList =
    Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  return isList && Array.from(value as ArrayLike<unknown>).every(isEntry);
};

/** A list of numbers. */
export const numbers = (
  valid: ArrayLike<number>,
  isEntry: (value: number) => boolean = () => true,
  isLength: (length: number) => boolean = (length) => length > 0,
): Kind => ({
  valid: () => valid,
  isRight: (v) =>
    isListOf(v, (entry) => isNumber(entry) && isEntry(entry)) &&
    isLength((v as ArrayLike<unknown>).length),
});

/** Whole numbers of at least `min`, below `end`. */
export const wholes = (
  valid: ArrayLike<number>,
  min = 0,
  end = Infinity,
  isLength?: (length: number) => boolean,
): Kind => numbers(valid, (n) => Number.isInteger(n) && n >= min && n < end, isLength);

const sides = (tensor: unknown): readonly number[] => (tensor as tf.Tensor).shape;

/** A tensor of a type and a shape, where −1 is any length, and every value finite. */
export const tensor = (
  valid: () => tf.Tensor,
  dtype: tf.DataType,
  shape: readonly number[] | null,
): Kind => ({
  valid,
  isRight: (v) =>
    v instanceof tf.Tensor &&
    !v.isDisposed &&
    v.dtype === dtype &&
    (shape === null ||
      (v.rank === shape.length && shape.every((side, i) => side < 0 || side === sides(v)[i]))),
});

/** The same, or not given. */
export const optional = (kind: Kind): Kind => ({
  ...kind,
  isRight: (v) => v === undefined || kind.isRight(v),
});

/** An option that has to be given. */
export const required = (kind: Kind): Kind => ({...kind, required: true, base: true});

/** An option that is given in the call that the others are tried in: to keep it small. */
export const base = (kind: Kind): Kind => ({...kind, base: true});

/** One of several kinds. */
export const either = (...kinds: readonly Kind[]): Kind => ({
  ...(kinds[0] as Kind),
  isRight: (v) => kinds.some((kind) => kind.isRight(v)),
  skip: (v) => kinds.some((kind) => kind.isRight(v) && kind.skip?.(v) === true),
});

export const NULL: Kind = {valid: () => null, isRight: (v) => v === null};
