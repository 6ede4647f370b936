import {InvalidArgumentError} from 'commander';

/** A number, or a fraction such as 8/255, of at least `min` and at most `max`. */
export const number =
  (min: number, max = Infinity) =>
  (text: string): number => {
    const [, over, under] = /^([^/]+)\/([^/]+)$/.exec(text.trim()) ?? [];
    const value = over === undefined ? Number(text) : Number(over) / Number(under);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      const upper = max === Infinity ? '' : ` and at most ${max}`;
      throw new InvalidArgumentError(
        `Expected a number, or a fraction such as 8/255, of at least ${min}${upper}.`,
      );
    }
    return value;
  };

/** A whole number of at least `min`. */
export const integer =
  (min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${min}.`);
    }
    return value;
  };

/** A list with commas between; each entry parsed by `parse`. */
export const listOf =
  <T>(parse: (text: string) => T) =>
  (text: string): T[] =>
    text.split(',').map((entry) => parse(entry.trim()));

/** Part and number of parts, counted from 1: "2/4". */
export function shard(text: string): {readonly part: number; readonly of: number} {
  const [, part, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part === undefined || of === undefined || part < 1 || part > of) {
    throw new InvalidArgumentError('Expected part and number of parts, such as 2/4.');
  }
  return {part, of};
}
