import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

// What Stryker runs for each mutant: the unit suites of the mutated folders, on cpu, and no other.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/{attacks,losses,samplers,contracts}/**/*.test.ts'],
    setupFiles: ['test/support/setup.cpu.ts'],
    isolate: false,
    testTimeout: 60_000,
  },
});
