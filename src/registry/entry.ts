import * as v from 'valibot';

/** A name and its options, as they stand in a configuration. */
export type Named = Readonly<{name: string}> & Readonly<Record<string, unknown>>;

/** What a name stands for. */
export interface Entry<P, T, S extends v.ObjectEntries = v.ObjectEntries> {
  /** One line for help and documents. */
  readonly what: string;
  /** Its options, without the name. */
  readonly options: S;
  /** Makes it from its checked options. */
  readonly make: (options: unknown, parts: P) => T;
}

/** The entries of one kind, by name. */
export type Table<P, T> = Readonly<Record<string, Entry<P, T>>>;

/** A configuration of one entry of a table: its name, alone or with options. */
export type ConfigOf<T extends Table<never, unknown>> = {
  readonly [K in keyof T & string]:
    | K
    | (Readonly<{name: K}> &
        Readonly<v.InferInput<v.StrictObjectSchema<T[K]['options'], undefined>>>);
}[keyof T & string];

type Output<S extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<S, undefined>>;

/**
 * Makes the function that writes an entry of a table; what `make` is given has the types of `options`.
 */
export const entriesOf =
  <P, T>() =>
  <S extends v.ObjectEntries>(
    what: string,
    options: S,
    make: (options: Output<S>, parts: P) => T,
  ): Entry<P, T, S> => {
    const schema = v.strictObject(options);
    return {what, options, make: (given, parts) => make(v.parse(schema, given), parts)};
  };

/** A number that may be left out. */
export const number = v.optional(v.number());
/** A truth value that may be left out. */
export const boolean = v.optional(v.boolean());
/** One of some strings, which may be left out. */
export const oneOf = <const T extends readonly [string, ...string[]]>(...names: T) =>
  v.optional(v.picklist(names));
/** A range of pixels, or none; it may be left out. */
export const clip = v.optional(
  v.nullable(
    v.custom<readonly [min: number, max: number]>(
      (value) => v.is(v.strictTuple([v.number(), v.number()]), value),
      'no pair of numbers',
    ),
  ),
);
/** Another configuration, which has been checked already. */
export const nested = v.custom<string | Named>(
  (value) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null && 'name' in value),
);
