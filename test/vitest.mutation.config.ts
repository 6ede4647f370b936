import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

const given = (name: string, fallback: string): string => process.env[name] ?? fallback;

// What Stryker runs for each mutant: the unit suites of the mutated folder, on one backend.
// scripts/mutation.ts names both.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: given('MUTATION_TESTS', 'test/{attacks,losses,samplers,contracts}/**/*.test.ts').split(
      ',',
    ),
    setupFiles: [`test/support/setup.${given('MUTATION_BACKEND', 'cpu')}.ts`],
    isolate: false,
    testTimeout: 60_000,
  },
});
