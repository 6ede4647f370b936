import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

// The unit suites run once per backend, on src. `docs` runs the code of README, docs and @example,
// where `lt-robust` is src; `package` looks at the sources and at the built package.
const unit = (backend: string) => ({
  extends: true as const,
  test: {
    name: backend,
    include: ['test/**/*.test.ts'],
    exclude: ['test/docs/**', 'test/package/**', 'test/integration/**'],
    setupFiles: [`test/support/setup.${backend}.ts`],
  },
});

export default defineConfig({
  root,
  test: {
    // tfjs's engine is one global of the process: files of a project share it, one after another.
    isolate: false,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // AssemblyScript: it runs as WebAssembly, which V8 does not count. test/kernels/wasm tests it.
      exclude: ['src/kernels/wasm/assembly/**'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {lines: 95},
    },
    projects: [
      unit('cpu'),
      unit('wasm'),
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          setupFiles: ['test/support/setup.wasm.ts'],
        },
      },
      {
        extends: true,
        resolve: {
          alias: [
            {find: /^lt-robust$/, replacement: `${root}src/index.ts`},
            {find: /^lt-robust\/(\w+)$/, replacement: `${root}src/$1/index.ts`},
          ],
        },
        test: {name: 'docs', include: ['test/docs/**/*.test.ts'], isolate: true},
      },
      {
        extends: true,
        test: {name: 'package', include: ['test/package/**/*.test.ts'], isolate: true},
      },
    ],
  },
});
