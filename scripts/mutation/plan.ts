/**
 * How many times as long as without the mutant, and as the time beyond, a test may wait for what comes
 * from outside: a child process has to wait for the processor of a busy machine.
 */
export const IDLE_TIMES = 5;

/** How many times its processor time a test may take by the clock, where nobody in the process looks at it. */
export const CLOCK_TIMES = 20;

/** Path of the test that mirrors that of a file of src. */
export const ownTestOf = (file: string): string =>
  file.replace(/^src\/(.+)\.ts$/, 'test/$1.test.ts');

/** What the process that runs the tests is told, and what it says; both are files. */
export interface Plan {
  /** Instrumented text by path from the project's root: every mutant in it, switched by its id. */
  readonly sources: Readonly<Record<string, string>>;
  /** Ids of the mutants to run. */
  readonly ids: readonly string[];
  /** Files of src by the id of a mutant in them. */
  readonly files: Readonly<Record<string, string>>;
  /** Where to append a {@link Line} for each thing that happens. */
  readonly lines: string;
  /**
   * What a test may take with a mutant, in milliseconds of the processor, beyond ten times what it
   * takes without.
   */
  readonly timeoutMs: number;
  /** Whether a mutant is run with the test that mirrors its file alone, and not with what else reaches it. */
  readonly isOwn?: boolean | undefined;
  /** Tests that failed with a mutant, and again without it: the mutant left something behind, or they cannot be repeated. */
  readonly spoilt?: readonly {readonly id: string; readonly test: string}[];
  /** A mutant that is switched on from the start, for the code that runs when a module is loaded. */
  readonly active?: string | undefined;
}

/** Something that happened, one JSON text per line. */
export type Line =
  /** Mutants in code that ran while its module was loaded: no test can switch them on in time. */
  | {readonly what: 'loaded'; readonly ids: readonly string[]}
  /** A test was begun with a mutant, and may take so long. */
  | {readonly what: 'begun'; readonly id: string; readonly limitMs: number}
  /** A test failed with a mutant, and passed again without it. */
  | {readonly what: 'killed'; readonly id: string; readonly test: string}
  /** A test did not end with a mutant. */
  | {readonly what: 'timeout'; readonly id: string}
  /** A test failed with a mutant and again without it, which ended the process. */
  | {readonly what: 'spoilt'; readonly id: string; readonly test: string; readonly file: string}
  /** A test that fails when it is run a second time: nothing can be told from it. */
  | {readonly what: 'unrepeatable'; readonly test: string; readonly name: string};
