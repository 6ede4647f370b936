import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

import {Tinypool} from 'tinypool';

import {fileCache} from './fileCache';

const require = createRequire(import.meta.url);
/** The installed version of a package. */
export const versionOf = (name: string): string =>
  (require(`${name}/package.json`) as {version: string}).version;

/** What a worker tells while it runs. */
export type Message =
  | {
      readonly kind: 'step';
      readonly phase: string;
      readonly done: number;
      readonly total: number;
      readonly epoch: number;
      readonly loss: number;
    }
  | {readonly kind: 'robust'; readonly accuracy: number};

/** What the pool reports of a job while it runs. */
export type JobWatch<J> = (job: J, message: Message) => void;

/** Everything that decides the numbers of a job. */
export type JobIdentity = Readonly<Record<string, unknown>> & {
  readonly what: string;
  readonly seed: number;
};

/** How jobs are run. */
export interface PoolOptions<J, R> {
  /** The worker: a module with a function `run` that takes a task. */
  readonly worker: URL;
  /** What a worker is given for a job. */
  readonly taskOf: (job: J) => unknown;
  /** Jobs of one identity are one run. */
  readonly identityOf: (job: J) => JobIdentity;
  /** Where results are kept as they come. */
  readonly cacheFolder: string;
  readonly processes: number;
  readonly watch: JobWatch<J>;
  /** Called for one result at a time, so that it may write a file. */
  readonly onResult?: (job: J, result: R) => void | Promise<void>;
  /** Asked before each job; once it is, the rest is left out but for what is kept already. */
  readonly isOver?: () => boolean;
  /**
   * Names what jobs make in common, such as a teacher: while the first of them makes it, the others wait.
   * By default they have nothing in common.
   */
  readonly sharedBy?: (job: J) => string | undefined;
  /** Whether what a job shares is there, by what it tells. */
  readonly isShared?: (message: Message) => boolean;
}

/**
 * Runs jobs on processes, each with a tfjs engine of its own on one core, and returns their results
 * in the order of the jobs. The results do not depend on how many run at a time. Each is kept as it
 * comes, so that a program that was killed goes on where it was.
 */
export async function runInPool<J, R>(
  jobs: readonly J[],
  options: PoolOptions<J, R>,
): Promise<R[]> {
  const {processes, onResult, isOver = () => false} = options;
  const {worker, taskOf, identityOf, cacheFolder} = options;
  const pool = new Tinypool({
    runtime: 'child_process',
    ...{minThreads: 0, maxThreads: Math.min(processes, jobs.length)},
    execArgv: [...ownFlags(), '--import', fileURLToPath(import.meta.resolve('tsx'))],
    env: process.env as Record<string, string>,
    serialization: 'advanced',
  });
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // A process that ends before it has a job.
  pool.on('error', fail);
  const shares = openShares(options);
  // Nothing where the time is over and the result is not kept already.
  const runOne = async (job: J): Promise<R | undefined> => {
    const cache = fileCache<R>(cacheFolder, identityOf(job));
    const known = await cache.load();
    if (known !== undefined || isOver()) return known;
    const share = await shares.enter(job);
    try {
      const channel = {postMessage: share.watch};
      // The worker is named here and not to the pool, which would wait for ever for one that does not load.
      const how = {filename: worker.href, name: 'run', channel};
      const result = (await pool.run(taskOf(job), how)) as R;
      await cache.save(result);
      return result;
    } finally {
      share.leave();
    }
  };

  const results: (R | undefined)[] = jobs.map(() => undefined);
  const running = new Map<string, Promise<R | undefined>>();
  const queue = [...jobs.entries()];
  let handedOver: Promise<void> = Promise.resolve();
  const takeJobs = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [position, job] = next;
      const key = JSON.stringify(identityOf(job));
      const started = running.get(key) ?? runOne(job);
      running.set(key, started);
      const result = await started;
      if (result === undefined) continue;
      results[position] = result;
      handedOver = handedOver.then(() => onResult?.(job, result));
      await handedOver;
    }
  };
  try {
    await Promise.race([failed, Promise.all(Array.from({length: processes}, takeJobs))]);
  } finally {
    await pool.destroy();
  }
  return results.filter((result) => result !== undefined);
}

interface Shares<J> {
  /** Waits while another job makes what this one shares with it. */
  enter(job: J): Promise<{watch: (message: Message) => void; leave: () => void}>;
}

function openShares<J>({
  watch,
  sharedBy = () => undefined,
  isShared = () => false,
}: Pick<PoolOptions<J, unknown>, 'watch' | 'sharedBy' | 'isShared'>): Shares<J> {
  const making = new Map<string, Promise<void>>();
  return {
    async enter(job) {
      const name = sharedBy(job);
      if (name === undefined) {
        return {watch: (message) => watch(job, message), leave: () => undefined};
      }
      for (let other = making.get(name); other !== undefined; other = making.get(name)) await other;
      let leave = (): void => undefined;
      const made = new Promise<void>((resolve) => {
        leave = () => {
          if (making.get(name) === made) making.delete(name);
          resolve();
        };
      });
      making.set(name, made);
      return {
        leave,
        watch: (message) => {
          if (isShared(message)) leave();
          watch(job, message);
        },
      };
    },
  };
}

/** Flags of this process that its workers should have too, such as those of V8; what loads a program is theirs. */
const ownFlags = (): string[] =>
  process.execArgv.filter((each) => /^--(?!import|require|loader|inspect|eval)/.test(each));
