import {InvalidArgumentError} from 'commander';

/** Parses a number, or a quotient such as 8/255. */
export const number =
  (min: number, kind: 'integer' | 'number' = 'number') =>
  (text: string): number => {
    const [, over, under] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
    const value =
      text.trim() === '' ? NaN : over === undefined ? Number(text) : Number(over) / Number(under);
    if (
      !Number.isFinite(value) ||
      value < min ||
      (kind === 'integer' && !Number.isInteger(value))
    ) {
      throw new InvalidArgumentError(
        `Expected ${kind === 'integer' ? 'an integer' : 'a number'} >= ${min}.`,
      );
    }
    return value;
  };

/** Parses what stands between commas. */
export const list =
  <T>(parse: (text: string) => T) =>
  (text: string): T[] =>
    text.split(',').map(parse);
