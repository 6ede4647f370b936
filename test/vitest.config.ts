import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import {fileURLToPath} from 'node:url';

import {playwright} from '@vitest/browser-playwright';
import {defineConfig} from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

// `lt-robust`, as the examples import it, is src.
const sources = [
  {find: /^lt-robust$/, replacement: `${root}src/index.ts`},
  {find: /^lt-robust\/(\w+)$/, replacement: `${root}src/$1/index.ts`},
];

// The unit suites run once per backend, on src. `docs` runs the code of README, docs and @example,
// where `lt-robust` is src; `package` looks at the sources and at the built package.
const unit = (backend: string) => ({
  extends: true as const,
  resolve: {alias: sources},
  test: {
    name: backend,
    include: ['test/**/*.test.ts'],
    exclude: [
      ...['test/docs/**', 'test/package/**', 'test/integration/**'],
      ...['test/browser/*.test.ts', 'test/pages/**'],
      // Queues and doors do not know backends: once is enough.
      ...(backend === 'cpu' ? [] : ['test/queue/**', 'test/fuzz/**']),
    ],
    setupFiles: [`test/support/setup.${backend}.ts`],
  },
});

// The unit suites of what computes, on tfjs-node where it is installed with its binary: docs/contributing.md.
const tfjsNode = {
  ...unit('tfjs-node'),
  test: {
    ...unit('tfjs-node').test,
    include: [
      'attacks',
      'contracts',
      'diagnostics',
      'evaluation',
      'kernels/audit',
      'losses',
      'math',
    ]
      .concat(['methods', 'optimizers', 'training'])
      .map((folder) => `test/${folder}/**/*.test.ts`),
  },
};

function hasTfjsNode(): boolean {
  try {
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node');
    return existsSync(`${main.slice(0, main.lastIndexOf('/dist/'))}/lib/napi-v8/tfjs_binding.node`);
  } catch {
    return false;
  }
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Flags for a Chromium without a display, its WebGL and WebGPU computed by SwiftShader. */
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/**
 * Path of the Chromium to test with: CHROMIUM_PATH, or where Linux distributions install one.
 * Where there is none the browser tests are left out, and that is said; with REQUIRE_BROWSER set
 * it is an error.
 */
function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['CHROMIUM_PATH'] ?? '';
  const found = [...(given === '' ? [] : [given]), ...PLACES].find((file) => existsSync(file));
  if (found !== undefined) return found;
  const message = `No Chromium at ${[given, ...PLACES].filter(Boolean).join(', ')}`;
  if ((env['REQUIRE_BROWSER'] ?? '') !== '') throw new Error(`${message}.`);
  console.warn(`\n${message}: the browser tests are NOT run. Set CHROMIUM_PATH to run them.\n`);
  return undefined;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The Chromium that the suite of pages starts. */
    chromium: {readonly executablePath: string; readonly args: string[]};
    /** Where `npm run audit` wants the records; empty otherwise. */
    auditFolder: string;
  }
}

const chromium = findChromium(process.env);

// webgl, webgpu and wasm in a real browser; few and small tests, since SwiftShader is slow.
const browser = (executablePath: string) => ({
  extends: true as const,
  // Cross-origin isolation: without it a page gets no shared memory, and wasm no threads.
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-layers',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-webgpu',
      'valibot',
    ],
  },
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    setupFiles: ['test/support/setup.browser.ts'],
    // WebGL without a GPU: the audit takes two minutes of two free cores.
    testTimeout: 480_000,
    provide: {auditFolder: process.env['AUDIT_FOLDER'] ?? ''},
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({launchOptions: {executablePath, args: CHROMIUM_FLAGS}}),
      instances: [{browser: 'chromium' as const}],
    },
  },
});

// Whole pages in a real browser, driven by clicks: the playground, and pages of users.
const pages = (executablePath: string) => ({
  extends: true as const,
  resolve: {alias: sources},
  test: {
    name: 'pages',
    // Of what a page does in time, nothing is asserted: the machine may be busy.
    expect: {poll: {timeout: 60_000}},
    include: ['test/pages/**/*.test.ts'],
    setupFiles: ['test/support/setup.wasm.ts'],
    testTimeout: 180_000,
    provide: {chromium: {executablePath, args: CHROMIUM_FLAGS}},
  },
});

export default defineConfig({
  root,
  test: {
    // tfjs's engine is one global of the process: files of a project share it, one after another.
    isolate: false,
    pool: 'forks',
    // By default one processor stays free, which on two leaves one.
    maxWorkers: os.availableParallelism(),
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
      ...(hasTfjsNode() ? [tfjsNode] : []),
      ...(chromium === undefined ? [] : [browser(chromium), pages(chromium)]),
      {
        extends: true,
        resolve: {alias: sources},
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          setupFiles: ['test/support/setup.wasm.ts'],
        },
      },
      {
        extends: true,
        resolve: {alias: sources},
        test: {name: 'docs', include: ['test/docs/**/*.test.ts'], isolate: true},
      },
      {
        extends: true,
        test: {name: 'package', include: ['test/package/**/*.test.ts'], isolate: true},
      },
    ],
  },
});
