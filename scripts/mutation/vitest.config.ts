import {readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

import type {Plan} from './plan';

const root = fileURLToPath(new URL('../..', import.meta.url));
const given = (name: string): string => process.env[name] ?? '';
const {sources} = JSON.parse(readFileSync(given('MUTATION_PLAN'), 'utf8')) as Plan;

// The tests of one folder of src on one backend, by the runner of mutants, on instrumented sources.
export default defineConfig({
  root,
  plugins: [
    {
      name: 'instrumented sources',
      enforce: 'pre',
      load: (id) => sources[path.posix.relative(root, id.replace(/\?.*$/, ''))],
    },
  ],
  resolve: {
    alias: [
      {find: /^lt-robust$/, replacement: `${root}src/index.ts`},
      {find: /^lt-robust\/(\w+)$/, replacement: `${root}src/$1/index.ts`},
    ],
  },
  test: {
    include: given('MUTATION_TESTS').split(','),
    exclude: [
      ...['test/docs/**', 'test/package/**', 'test/integration/**', 'test/pages/**'],
      ...['test/browser/*.test.ts', 'test/peers/**'],
      ...(given('MUTATION_BACKEND') === 'cpu' ? [] : ['test/queue/**', 'test/fuzz/**']),
    ],
    setupFiles: [`test/support/setup.${given('MUTATION_BACKEND')}.ts`],
    runner: './scripts/mutation/mutantRunner.ts',
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
    // The runner has times of its own for each of a test's runs.
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    passWithNoTests: true,
    // What a mutant leaves running may fail later, when no test waits for it.
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
