import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    include: ['robustness.test.ts'],
    // Longer than the attacks take on a busy machine; toBeRobust has a limit of its own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
