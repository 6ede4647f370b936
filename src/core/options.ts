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

/**
 * Fills `options` with `defaults`. An unknown key throws: a misspelt `stepsize` must not silently
 * run a weaker attack. An option given as `undefined` counts as not given.
 *
 * @param where - Public function, for the error message.
 * @param defaults - One entry for every option, `undefined` where there is no default.
 * @param options - What the caller passed.
 * @returns All options, with defaults where the caller gave none.
 * @throws {@link InvalidArgumentError} on a key that `defaults` does not have, or if `options` is no
 *   object: a bare number must not count as no options.
 */
export function withDefaults<D extends object>(
  where: string,
  defaults: D,
  options: {readonly [K in keyof D]?: D[K] | undefined},
): D {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new InvalidArgumentError({
      where,
      argument: 'options',
      expected: 'be an object',
      found: describeValue(options),
      remedy: `Pass {${Object.keys(defaults)[0]}: ...}.`,
    });
  }
  const settings: Record<string, unknown> = {...(defaults as Record<string, unknown>)};
  for (const [key, value] of Object.entries(options as Record<string, unknown>)) {
    if (!Object.hasOwn(settings, key)) {
      const known = Object.keys(settings);
      const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
      throw new InvalidArgumentError({
        where,
        argument: key,
        expected: `be one of its options (${known.join(', ')})`,
        found: 'an unknown name',
        remedy: meant === undefined ? 'Check the spelling.' : `Did you mean "${meant}"?`,
      });
    }
    if (value !== undefined) settings[key] = value;
  }
  return settings as D;
}
