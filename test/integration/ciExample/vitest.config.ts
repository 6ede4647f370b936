import {fileURLToPath} from 'node:url';

import {defineConfig, mergeConfig} from 'vitest/config';

import user from '../../../examples/ci/vitest.config';

const root = fileURLToPath(new URL('../../..', import.meta.url));

// The suite of examples/ci, where `lt-robust` is src instead of an installed package.
export default mergeConfig(
  user,
  defineConfig({
    root: `${root}examples/ci`,
    resolve: {
      alias: [
        {find: /^lt-robust$/, replacement: `${root}src/index.ts`},
        {find: /^lt-robust\/(\w+)$/, replacement: `${root}src/$1/index.ts`},
      ],
    },
  }),
);
