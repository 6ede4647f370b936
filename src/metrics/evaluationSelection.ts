import {intAt} from '../core/at';
import {isPlainObject, plainOptions} from '../core/options';
import {checkIndices} from '../core/checks/checkIndices';
import {checkClassCounts, checkCount} from '../core/checks/checkTensors';
import type {Dataset} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import type {ClassSelection} from './robustnessReport';
import {tailClasses} from './tailClasses';

/** Throws unless `attacks` are functions under usable names. */
export function checkAttacks(where: string, attacks: Readonly<Record<string, unknown>>): void {
  checkTable(where, 'attacks', attacks, '{pgd: (m, x, y, c) => pgdAttack(m, x, y, c)}');
  for (const [name, attack] of Object.entries(attacks)) {
    if (typeof attack === 'function' && name !== 'clean') continue;
    throw new InvalidArgumentError({
      where,
      argument: `attacks.${name}`,
      expected: 'be a function (model, x, labels), under another name than "clean"',
      found: describeValue(attack),
      remedy: 'Bind options by a closure: (m, x, y, c) => pgdAttack(m, x, y, {...c, steps: 20}).',
    });
  }
}

function checkTable(where: string, argument: string, table: unknown, example: string): void {
  if (isPlainObject(table)) {
    plainOptions(where, table, argument);
    return;
  }
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'be a plain object, with a name for each entry',
    found: describeValue(table),
    remedy: `Pass one such as ${example}.`,
  });
}

function checkClasses(
  where: string,
  argument: string,
  classes: unknown,
  numClasses: number,
): number[] {
  const list = Array.isArray(classes) ? (classes as unknown[]) : [];
  const isClass = (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < numClasses;
  if (list.length > 0 && list.every(isClass) && new Set(list).size === list.length) return list;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `list different classes from 0 to ${numClasses - 1}, at least one`,
    found: describeValue(classes),
    remedy: 'Number the classes from 0.',
  });
}

/** The groups and the tail that the options of an evaluation ask for. */
export function selectClasses(
  where: string,
  {
    groups,
    tail,
    classCounts,
  }: {
    readonly groups: Readonly<Record<string, readonly number[]>>;
    readonly tail: number | readonly number[] | undefined;
    readonly classCounts: ArrayLike<number> | undefined;
  },
  numClasses: number,
): ClassSelection {
  checkTable(where, 'groups', groups, '{head: [0, 1], rest: [2, 3]}');
  for (const [name, classes] of Object.entries(groups)) {
    checkClasses(where, `groups.${name}`, classes, numClasses);
  }
  if (classCounts !== undefined) checkClassCounts(where, classCounts, numClasses);
  if (tail === undefined) return {groups, tail: null};
  if (typeof tail !== 'number')
    return {groups, tail: checkClasses(where, 'tail', tail, numClasses)};
  if (classCounts === undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'classCounts',
      expected: 'be given when "tail" is a number of classes',
      found: 'undefined',
      remedy: 'Pass the class counts of the training set: a test set is often balanced.',
    });
  }
  checkCount(where, 'tail', tail);
  return {groups, tail: tailClasses(classCounts, tail)};
}

/** The dataset indices to evaluate, at least one, all with labels in range. */
export function selectExamples(
  where: string,
  {labels, numClasses}: Pick<Dataset, 'labels' | 'numClasses'>,
  indices: ArrayLike<number> | undefined,
): Int32Array {
  if (indices !== undefined) checkIndices(where, 'indices', indices, labels.length);
  const selected = Int32Array.from(indices ?? Array.from(labels.keys()));
  const fail = (expected: string, found: string, remedy: string): never => {
    throw new InvalidArgumentError({where, argument: 'dataset', expected, found, remedy});
  };
  if (selected.length === 0) {
    fail('have at least one example', 'none', 'Check how the examples were selected.');
  }
  const isClass = (label: number) => label >= 0 && label < numClasses;
  const wrong = selected.find((id) => !isClass(intAt(labels, id)));
  if (wrong !== undefined) {
    fail(
      `have labels in [0, ${numClasses})`,
      `${labels[wrong]} at ${wrong}`,
      'Number the classes from 0.',
    );
  }
  return selected;
}
