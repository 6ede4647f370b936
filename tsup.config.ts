import {defineConfig} from 'tsup';

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/*/index.ts'],
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    splitting: true,
    treeshake: false,
    dts: true,
    shims: true,
    clean: true,
    sourcemap: false,
  },
  {
    // The command: one file with all it needs but TensorFlow.js, which has to be the user's own.
    entry: {'cli/main': 'src/cli/bin.ts'},
    // CommonJS, as some of what is taken in is: an ES module could not load it.
    format: ['cjs'],
    target: 'node20',
    platform: 'node',
    splitting: false,
    dts: false,
    shims: true,
    // Not cleaned: it would take the library away, which is built at the same time.
    clean: false,
    sourcemap: false,
    minifySyntax: true,
    minifyWhitespace: true,
    external: [/^@tensorflow\//],
    noExternal: [/^(?!@tensorflow\/|node:)/],
    banner: {js: '#!/usr/bin/env node'},
  },
]);
