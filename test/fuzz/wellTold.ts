import {isInvalidArgumentError} from '../../src/core/errors';

// A whole phrase: nothing left out before, between or after its words.
const PHRASE = /^\S(?!.* {2})(.*\S)?$/s;
const SENTENCES = /^[A-Z'"{[`].*[.?!)]$/s;

// A function, and for one that calls another with an argument, which: `distillation, teacher`.
const WHERE = /^[a-z]\w*(, [a-z]\w*)?$/i;

/**
 * What a refusal does not say: which function and argument it is about, what that must be, what was found, and, in
 * whole sentences, what to do. `undefined` where it says all of it.
 */
export function untold(error: Error): string | undefined {
  if (!isInvalidArgumentError(error)) return undefined;
  const {where, argument, expected, found, remedy} = error;
  if (!WHERE.test(where)) return `where: ${where}`;
  if (argument === '') return 'argument';
  if (!PHRASE.test(expected) || !/^[a-z]/.test(expected)) return `expected: ${expected}`;
  if (!PHRASE.test(found)) return `found: ${found}`;
  if (!PHRASE.test(remedy) || !SENTENCES.test(remedy)) return `remedy: ${remedy}`;
  return undefined;
}
