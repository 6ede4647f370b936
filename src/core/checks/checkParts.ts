import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {isList} from './checkNumbers';

/*
 * Checks of objects that are handed over whole. They look at what makes a value one of its kind, and
 * read nothing else: what a method, a dataset or an optimizer holds is checked where it is used.
 */

const part = (value: unknown, name: string): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const have = (value: unknown, ...names: readonly string[]): boolean =>
  names.every((name) => typeof part(value, name) === 'function');

/** Throws unless `value` is a training method. */
export function checkMethod(where: string, argument: string, value: unknown): void {
  if (have(value, 'objective')) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be a training method, an object with `objective`',
    found: describeValue(value),
    remedy:
      typeof value === 'function'
        ? value.length > 1
          ? 'If it is an attack, make a method of it: pgdTraining({attack}).'
          : 'Call it: pgdTraining() makes the method.'
        : 'Pass pgdTraining(), atBslTraining({classCounts}), or a method of your own.',
  });
}

/** Throws unless `value` is an optimizer of tfjs's kind. */
export function checkOptimizerForm(where: string, value: unknown): void {
  if (have(value, 'applyGradients', 'getWeights', 'setWeights')) return;
  throw new InvalidArgumentError({
    ...{where, argument: 'optimizer'},
    expected: 'be an optimizer',
    found: describeValue(value),
    remedy: "Pass sgd({learningRate: 0.1}), or one of TensorFlow.js's, itself and not its name.",
  });
}

/** Throws unless `value` is a dataset: `batch`, `labels` and `numClasses`. */
export function checkDataset(where: string, argument: string, value: unknown): void {
  const numClasses = part(value, 'numClasses');
  const isCount = Number.isSafeInteger(numClasses) && Number(numClasses) >= 1;
  if (have(value, 'batch') && isList(part(value, 'labels')) && isCount) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be a dataset, {numClasses, labels, batch}',
    found: describeValue(value),
    remedy: have(value, 'then')
      ? 'Await it first.'
      : 'Make one with arrayDataset, or with await asDataset({x, labels}).',
  });
}

/**
 * Throws unless `value` says where training stands. `epochs` is only looked for: to read it marks a
 * method as one whose numbers depend on the length of the training.
 */
export function checkPosition(where: string, argument: string, value: unknown): void {
  const isCount = (name: string) => {
    const count = part(value, name);
    return Number.isSafeInteger(count) && Number(count) >= 1;
  };
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && 'epochs' in value && isCount('epoch') && isCount('step')) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be {epoch, epochs, step}, counted from 1',
    found: describeValue(value),
    remedy: 'Pass on the context of the training unchanged, or leave it out.',
  });
}
