import * as v from 'valibot';

import {describeValue} from '../core/describeValue';
import {checkCombination} from './checkCombination';
import type {CheckedTraining, CheckedExperiment} from './checkedExperiment';
import {checkNamed, refuseIssue, type Kind} from './checkNamed';
import type {Named} from './entry';
import {refuse} from './refuse';

const statistics = v.optional(v.picklist(['averaged', 'recomputed']));
const averaging = v.union([
  v.literal('none'),
  v.strictObject({ema: v.number(), statistics}),
  v.strictObject({swaFrom: v.number(), statistics}),
]);

const TRAINING = {
  method: v.unknown(),
  wrappers: v.optional(v.array(v.unknown())),
  attack: v.optional(v.unknown()),
  optimizer: v.optional(v.unknown()),
  schedule: v.optional(v.unknown()),
  sampler: v.optional(v.unknown()),
  averaging: v.optional(averaging),
  augmentation: v.optional(v.array(v.unknown())),
  head: v.optional(v.unknown()),
  overfittingStop: v.optional(v.strictObject({fall: v.optional(v.number())})),
  epochs: v.optional(v.number()),
  batchSize: v.optional(v.number()),
  dropLast: v.optional(v.boolean()),
  bnVariance: v.optional(v.picklist(['biased', 'unbiased'])),
  regularizers: v.optional(v.boolean()),
};

const balanced = v.strictObject({
  name: v.literal('balanced'),
  gamma: v.optional(v.union([v.literal('auto'), v.number()])),
  upsample: v.optional(v.picklist(['with-replacement', 'repeat'])),
  resample: v.optional(v.picklist(['once', 'per-epoch'])),
});

const TEACHER = {
  ...TRAINING,
  data: v.optional(v.union([v.picklist(['all', 'balanced']), balanced])),
  checkpoint: v.optional(v.picklist(['last', 'best'])),
};

const EXPERIMENT = {
  ...TRAINING,
  name: v.optional(v.string()),
  teachers: v.optional(v.record(v.string(), v.unknown())),
};

type Training = v.InferOutput<v.StrictObjectSchema<typeof TRAINING, undefined>>;

type OneOfAKind = 'attack' | 'optimizer' | 'schedule' | 'sampler' | 'head';

const withoutUndefined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as T;

function checkTraining(path: string, training: Training): CheckedTraining {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const one = <K extends OneOfAKind>(kind: K): Partial<Record<K, Named>> => {
    const value = training[kind];
    const config = value === undefined ? undefined : checkNamed(at(kind), kind, value);
    return Object.fromEntries(config === undefined ? [] : [[kind, config]]) as Partial<
      Record<K, Named>
    >;
  };
  const all = (key: 'wrappers' | 'augmentation', kind: Kind) =>
    (training[key] ?? []).map((value, i) => checkNamed(`${at(key)}[${i}]`, kind, value));
  const {epochs, batchSize, dropLast, bnVariance, regularizers, averaging} = training;
  const {overfittingStop} = training;
  const lengths = {epochs, batchSize, dropLast};
  const plain = {...lengths, bnVariance, regularizers, averaging, overfittingStop};
  return {
    ...withoutUndefined(plain),
    method: checkNamed(at('method'), 'method', training.method),
    wrappers: all('wrappers', 'wrapper'),
    augmentation: all('augmentation', 'augmentation'),
    ...one('attack'),
    ...one('optimizer'),
    ...one('schedule'),
    ...one('sampler'),
    ...one('head'),
  };
}

const FRACTION = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/;

// JSON has no fractions: "8/255" stands for the number.
const DEEPEST = 20;

function withFractions(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) {
    const remedy = 'It is plain data, as JSON holds it.';
    refuse('experiment', `be at most ${DEEPEST} levels deep`, 'more, or a circle', remedy);
  }
  if (typeof value === 'string') {
    const [, over, under] = FRACTION.exec(value) ?? [];
    return over === undefined ? value : Number(over) / Number(under);
  }
  if (Array.isArray(value)) return value.map((each) => withFractions(each, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    fieldsOf(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, withFractions(field, depth + 1)]),
  );
}

function fieldsOf(value: object): [string, unknown][] {
  try {
    return Object.entries(value);
  } catch (error) {
    const found = `an object that cannot be read (${describeValue(error)})`;
    return refuse('experiment', 'be plain data, as JSON holds it', found, 'Write its values out.');
  }
}

function parsed<S extends v.ObjectEntries>(
  path: string,
  what: string,
  entries: S,
  value: unknown,
): v.InferOutput<v.StrictObjectSchema<S, undefined>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(
      path === '' ? what : path,
      'be an object',
      describeValue(value),
      'See docs/registry.md.',
    );
  }
  const result = v.safeParse(v.strictObject(entries), value);
  return result.success ? result.output : refuseIssue(path, what, result.issues[0], entries);
}

/**
 * Checks an experiment as it comes from a file: names, options, and whether its parts go together. The
 * ranges of numbers are checked by {@link recipeOf}, where the parts are made.
 *
 * @param value - What `JSON.parse` gave. A text such as `"8/255"` stands for the number.
 * @returns The experiment with every name spelt out as `{name, ...options}`.
 * @throws {@link InvalidArgumentError} on an unknown name or option (with the one that was probably
 *   meant), a value of another type, or parts that cannot go together.
 * @example
 * ```ts
 * import {checkExperiment} from 'lt-robust/registry';
 *
 * const {method} = checkExperiment({method: 'at-bsl', attack: {name: 'pgd', epsilon: '8/255'}});
 * method; // => {name: 'at-bsl'}
 * ```
 */
export function checkExperiment(value: unknown): CheckedExperiment {
  const {
    teachers = {},
    name,
    ...training
  } = parsed('', 'experiment', EXPERIMENT, withFractions(value));
  const experiment = {
    ...(name === undefined ? {} : {name}),
    ...checkTraining('', training),
    teachers: Object.fromEntries(
      Object.entries(teachers).map(([teacher, given]) => {
        const path = `teachers.${teacher}`;
        const {data, checkpoint, ...rest} = parsed(path, 'a teacher', TEACHER, given);
        const own = {
          ...(data === undefined ? {} : {data}),
          ...(checkpoint === undefined ? {} : {checkpoint}),
        };
        return [teacher, {...checkTraining(path, rest), ...own}] as const;
      }),
    ),
  };
  checkCombination(experiment);
  return experiment;
}
