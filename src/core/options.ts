import {checkForm} from './checks/checkForm';
import {closestName} from './closestName';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';

/**
 * The type of the defaults of an options interface: an entry for every option, so that a forgotten one
 * is a compile error, and so is one that the interface does not have. An option is then written once,
 * in its interface:
 * `const DEFAULTS: Defaults<PgdOptions, 'rng'> = {steps: 10, rng: undefined}`.
 *
 * @typeParam O - The interface.
 * @typeParam None - Names of the options that have no default: they may be `undefined`.
 */
export type Defaults<O, None extends keyof O = never> = {
  readonly [K in keyof Required<O>]: K extends None ? O[K] | undefined : Exclude<O[K], undefined>;
};

/**
 * The options without a default among these defaults, for those of another interface that extend them:
 * `const DEFAULTS: Defaults<ApgdOptions, Unset<typeof VERDICT_DEFAULTS>> = {...VERDICT_DEFAULTS, ...}`.
 *
 * @typeParam D - The type of the defaults.
 */
export type Unset<D> = {[K in keyof D]-?: undefined extends D[K] ? K : never}[keyof D];

/** Options for these defaults, as the caller passes them. */
type Given<D> = {readonly [K in keyof D]?: D[K] | undefined};

/** The defaults, where the interface of the options requires one without `undefined`. */
type Filled<D, O> = {
  [K in keyof D]: K extends keyof O ? (undefined extends O[K] ? D[K] : O[K]) : D[K];
};

/**
 * Fills `options` with `defaults`. An unknown key throws: a misspelt `stepsize` must not silently
 * run a weaker attack. An option given as `undefined` counts as not given.
 *
 * @param where - Public function, for the error message.
 * @param defaults - One entry for every option, `undefined` where there is no default.
 * @param options - What the caller passed.
 * @returns All options, with defaults where the caller gave none.
 * @throws {@link InvalidArgumentError} on a key that `defaults` does not have, on a flag, a
 *   callback, a generator or a signal of the wrong type, or if `options` is no plain object:
 *   neither a bare number nor
 *   an instance whose options are on its prototype must count as no options.
 */
export function withDefaults<D extends object, O extends Given<D> = Given<D>>(
  where: string,
  defaults: D,
  options: O,
): Filled<D, O> {
  const given = entriesOf(where, defaults, options);
  const settings: Record<string, unknown> = {...(defaults as Record<string, unknown>)};
  for (const [key, value] of given) {
    if (!Object.hasOwn(settings, key)) {
      const known = Object.keys(settings);
      const meant = meantOption(key, known);
      throw new InvalidArgumentError({
        where,
        argument: key,
        expected: `be one of its options (${known.join(', ')})`,
        found: 'an unknown name',
        remedy: meant === undefined ? 'Check the spelling.' : `Did you mean "${meant}"?`,
      });
    }
    if (value === undefined) continue;
    if (value === null && settings[key] !== null && !TAKES_NULL.has(key)) throw noNull(where, key);
    checkForm(where, key, value, settings[key]);
    settings[key] = value;
  }
  return settings as Filled<D, O>;
}

// What other libraries call these options.
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  eps: ['epsilon'],
  alpha: ['stepSize'],
  ...{iterations: ['steps'], iters: ['steps'], numIter: ['steps'], maxIterations: ['steps']},
  ...{targeted: ['targets'], target: ['targets']},
  ...{seed: ['rng'], randomSeed: ['rng']},
  lr: ['learningRate'],
  callbacks: ['onEpoch'],
  ...{version: ['attacks'], attack: ['attacks']},
};

function meantOption(key: string, known: readonly string[]): string | undefined {
  const others = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined;
  return others?.find((name) => known.includes(name)) ?? closestName(key, known);
}

// Options of which null means: no range of pixels.
const TAKES_NULL = new Set(['clip', 'igdmClip']);

const noNull = (where: string, argument: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument,
    expected: 'be something',
    found: 'null',
    remedy: 'Give it one; an option that has a default may be left out.',
  });

/**
 * A copy of options that are not read by {@link withDefaults}, or not all of them.
 *
 * @param where - Public function, for the error message.
 * @param options - What the caller passed.
 * @param name - One of the options, for the remedy.
 * @throws {@link InvalidArgumentError} if they are no plain object.
 */
export function plainOptions<T extends object>(where: string, options: T, name: string): T {
  entriesOf(where, {[name]: undefined}, options);
  return {...options};
}

// Entries of a Map and getters of a class would silently be left out.
function entriesOf(where: string, defaults: object, options: unknown): [string, unknown][] {
  const refuse = (found: string): never => {
    throw new InvalidArgumentError({
      where,
      argument: 'options',
      expected: 'be a plain object',
      found,
      remedy: `Pass {${'epsilon' in defaults ? 'epsilon' : Object.keys(defaults)[0]}: ...}.`,
    });
  };
  if (!isPlainObject(options)) return refuse(describeValue(options));
  try {
    return Object.entries(options);
  } catch (error) {
    return refuse(`one that cannot be read (${describeError(error)})`);
  }
}

const describeError = (error: unknown): string =>
  error instanceof Error ? error.message : describeValue(error);

/** Whether a value is a plain object, from any realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const made: unknown = Object.getPrototypeOf(value);
    if (typeof made !== 'object' || made === null) return made === null;
    return Object.getPrototypeOf(made) === null && Object.keys(made).length === 0;
  } catch {
    return false;
  }
}
