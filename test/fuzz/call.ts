import type {Kind} from './kinds';

/** A valid call of a public function, from which arguments and options are replaced one by one. */
export interface Call {
  readonly name: string;
  readonly fn: (...args: never[]) => unknown;
  /** The arguments before the options, in their order. */
  readonly args: readonly (readonly [name: string, kind: Kind])[];
  /** The options, the last argument; `undefined` where a function has none. */
  readonly options: Readonly<Record<string, Kind>> | undefined;
  /** Whether a right call is too long to be made: then it is aborted as soon as it begins. */
  readonly isLong: boolean;
  /** Whether a right call needs what a test has not: Redis, threads, files. Only refusals are tried. */
  readonly isUnrun: boolean;
}

type Args = Readonly<Record<string, Kind>>;

/** Registers a call. */
export const call = (
  name: string,
  fn: (...args: never[]) => unknown,
  args: Args,
  options?: Readonly<Record<string, Kind>>,
): Call => ({name, fn, args: Object.entries(args), options, isLong: false, isUnrun: false});

/** Registers a call that is too long to be made. */
export const longCall = (...given: Parameters<typeof call>): Call => ({
  ...call(...given),
  isLong: true,
});

/** Registers a call that cannot be made here. */
export const unrunCall = (...given: Parameters<typeof call>): Call => ({
  ...call(...given),
  isUnrun: true,
});
