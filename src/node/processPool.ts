import type * as tinypool from 'tinypool';

import {InvalidArgumentError} from '../core/errors';
import {PooledPartError} from './pooledPartError';
import {messageOf} from './regularFile';

/** Which function of which module is run, and in how many processes. */
export interface ProcessPool {
  /** Public function, for error messages. */
  readonly where: string;
  /** Path of the module. */
  readonly file: string;
  /** Name of the function that it exports. */
  readonly exportName: string;
  readonly workers: number;
  /** Options of Node for the processes. */
  readonly execArgv: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Called with whatever a process sends while it is at work. */
  readonly onMessage: (message: unknown) => void | Promise<void>;
  /** Called when a part is done. */
  readonly onDone: () => void | Promise<void>;
}

/**
 * Hands parts to processes, each of which takes the next one when it is done. The first failure ends
 * all of them; when this returns or throws, none is left.
 *
 * @param parts - What the function is called with: values that can be cloned.
 * @returns What it returned, in the order of the parts.
 * @throws {@link PooledPartError} if the function throws or its process ends.
 */
export async function runInProcesses(
  parts: readonly unknown[],
  {where, file, exportName, workers, execArgv, signal, onMessage, onDone}: ProcessPool,
): Promise<unknown[]> {
  const {Tinypool} = await poolPackage(where);
  signal?.throwIfAborted();
  const pool = new Tinypool({
    ...{runtime: 'child_process', serialization: 'advanced'},
    ...{minThreads: 0, maxThreads: Math.min(workers, parts.length)},
    ...{execArgv: [...execArgv], env: process.env as Record<string, string>},
  });
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const told = (callback: () => void | Promise<void>): void => {
    void (async () => callback())().catch(fail);
  };
  // Processes that end before they have a part.
  pool.on('error', (error) => {
    fail(new PooledPartError(null, parts.length, messageOf(error), error));
  });
  const abort = (): void => fail(signal?.reason);
  signal?.addEventListener('abort', abort, {once: true});
  const run = async (part: unknown, i: number): Promise<unknown> => {
    const channel = {postMessage: (message: unknown) => told(() => onMessage(message))};
    // The module is named here and not to the pool, which would wait for ever for one that does not load.
    const result: unknown = await pool
      .run(part, {filename: file, name: exportName, channel})
      .catch((error: unknown) => {
        throw partError(error, i + 1, parts.length, {where, file, exportName});
      });
    await onDone();
    return result;
  };
  try {
    return await Promise.race([failed, Promise.all(parts.map(run))]);
  } finally {
    signal?.removeEventListener('abort', abort);
    await pool.destroy();
  }
}

async function poolPackage(where: string): Promise<typeof tinypool> {
  try {
    return await import('tinypool');
  } catch (cause) {
    throw new InvalidArgumentError({
      ...{where, argument: 'environment', found: String(cause)},
      expected: 'have the package tinypool',
      remedy: 'npm install tinypool',
    });
  }
}

/** What a worker threw comes as plain data; what ended its process as an error of the pool. */
function partError(
  error: unknown,
  part: number,
  of: number,
  {where, file, exportName}: Pick<ProcessPool, 'where' | 'file' | 'exportName'>,
): Error {
  const {message, stack, name} = described(error);
  if (message.startsWith('No handler function')) {
    return new InvalidArgumentError({
      ...{where, argument: 'module', found: 'none in it'},
      expected: `export "${exportName}", made by pooledEvaluation`,
      remedy: `Add "export default pooledEvaluation(...)" to ${file}.`,
    });
  }
  const isEnd = message === 'Worker exited unexpectedly';
  const reason = isEnd
    ? 'its process ended: it was killed, ran out of memory or called process.exit, or the export was not made by pooledEvaluation'
    : message;
  const cause = Object.assign(new Error(message), {name, stack});
  return new PooledPartError(part, of, reason, cause);
}

function described(error: unknown): {message: string; stack: string | undefined; name: string} {
  if (typeof error !== 'object' || error === null) {
    return {message: String(error), stack: undefined, name: 'Error'};
  }
  const {message, stack, name}: {message?: unknown; stack?: unknown; name?: unknown} = error;
  return {
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    name: typeof name === 'string' ? name : 'Error',
  };
}
