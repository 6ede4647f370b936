/**
 * Loaded by the processes that a test starts: it gives them the instrumented sources, switches on the
 * mutant that the test is run with, and says which mutants they reach.
 */
import {appendFileSync, readFileSync} from 'node:fs';
import {register} from 'node:module';
import path from 'node:path';
import process from 'node:process';
import {setInterval} from 'node:timers';
import {fileURLToPath, URL} from 'node:url';
import {isMainThread} from 'node:worker_threads';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Instrumented text by path from the project's root; in the thread that loads modules. */
let texts = {};

export const initialize = (sources) => void (texts = sources);

export function load(url, context, next) {
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : '';
  const source = texts[path.posix.relative(ROOT, file)];
  if (source === undefined) return next(url, context);
  return {format: 'module', source, shortCircuit: true};
}

const {MUTATION_PLAN, MUTATION_ACTIVE, MUTATION_CHILDREN} = process.env;
if (isMainThread && MUTATION_PLAN && MUTATION_CHILDREN) {
  const {sources} = JSON.parse(readFileSync(path.resolve(ROOT, MUTATION_PLAN), 'utf8'));
  register(import.meta.url, {data: sources});
  const reached = new Set();
  const told = new Set();
  const switches = {
    activeMutant: MUTATION_ACTIVE || undefined,
    loaded(ids) {
      for (const id of ids) if (switches.constants?.[id]) reached.add(id);
      switches.constants?.[MUTATION_ACTIVE]?.(true);
    },
  };
  globalThis.__stryker__ = switches;
  // A process of a pool is killed, so it cannot wait for its end.
  const tell = () => {
    const ids = [...reached, ...Object.keys(switches.mutantCoverage?.static ?? {})];
    const fresh = ids.filter((id) => !told.has(id));
    for (const id of fresh) told.add(id);
    if (fresh.length > 0) {
      appendFileSync(path.resolve(ROOT, MUTATION_CHILDREN), fresh.map((id) => `${id}\n`).join(''));
    }
  };
  setInterval(tell, 100).unref();
  process.once('exit', tell);
}
