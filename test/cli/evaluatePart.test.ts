import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it, vi} from 'vitest';

import {evaluateOnWorkers, evaluatePart} from '../../src/cli/evaluatePart';
import type {EvaluationTask} from '../../src/cli/queuedEvaluation';

// A whole evaluation is tested with the command: test/cli/commands/evaluate.test.ts.
describe('evaluateOnWorkers', () => {
  it.runIf(tf.getBackend() === 'cpu')(
    'says which part failed, and why: a task of another version',
    {timeout: 120_000},
    async () => {
      // The processes load the sources, which are TypeScript.
      vi.stubEnv('NODE_OPTIONS', `${process.env['NODE_OPTIONS'] ?? ''} --import tsx`);
      const task: EvaluationTask = {
        ...{format: 'lt-robust-evaluation', version: '0.0.0', backend: 'cpu'},
        ...{model: 'nowhere', data: 'nowhere'},
        options: {
          ...{attack: ['pgd'], norm: 'linf', epsilon: [0.1], batchSize: 5, seed: 1, part: 'test'},
          inputRange: [0, 1],
        },
      };
      const pool = {workers: 2, shards: 1, backend: 'cpu', threads: 1} as const;
      try {
        await expect(evaluateOnWorkers(task, pool, {})).rejects.toMatchObject({
          ...{name: 'PooledPartError', part: 1, of: 1},
          reason: expect.stringContaining('install one version everywhere') as string,
        });
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );

  it('is run by the pool alone', async () => {
    await expect(evaluatePart({} as never)).rejects.toThrow('a part that the pool hands out');
  });
});
