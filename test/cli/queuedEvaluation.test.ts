import path from 'node:path';

import {describe, expect, it} from 'vitest';

import type {EvaluateOptions} from '../../src/cli/commands/evaluate';
import {checkTask, hostOf, loadQueue, taskOf} from '../../src/cli/queuedEvaluation';

const options: EvaluateOptions = {
  ...{attack: ['pgd'], norm: 'linf', epsilon: [0.1], batchSize: 50, seed: 1, part: 'test'},
  ...{inputRange: [0, 1], backend: 'wasm', threads: 1, workers: 1, shards: 4},
  ...{json: true, html: 'page.html'},
};

describe('taskOf', () => {
  const task = taskOf('model.json', 'images', 'wasm', options);

  it('has absolute paths, and no option that says what becomes of the report', () => {
    expect(task.model).toBe(path.resolve('model.json'));
    expect(task.options).not.toHaveProperty('html');
    expect(JSON.parse(JSON.stringify(task))).toMatchObject({
      options: {attack: ['pgd'], epsilon: [0.1], inputRange: [0, 1]},
    });
  });

  it('is taken by a worker of the same version on the same backend, and by no other', () => {
    expect(checkTask(task, 'wasm')).toBe(task);
    expect(() => checkTask(task, 'cpu')).toThrow(
      'queued for the backend wasm, this worker runs on cpu',
    );
    expect(() => checkTask({...task, version: '0.0.1'}, 'wasm')).toThrow('lt-robust 0.0.1');
    for (const other of [null, 5, {}, {format: 'else'}]) {
      expect(() => checkTask(other, 'wasm')).toThrow('was not queued by');
    }
  });
});

describe('loadQueue', () => {
  it('gives what queues an evaluation, and what works on it', async () => {
    const {queueEvaluation, startWorker} = await import('../../src/queue/index');
    expect(await loadQueue()).toEqual({queueEvaluation, startWorker});
  });
});

describe('hostOf', () => {
  it('shows no password', () => {
    expect(hostOf('redis://user:secret@redis.example:6380/2')).toBe('redis.example:6380');
  });
  it.each(['', 'nowhere', 'redis:'])('refuses %j', (url) => {
    expect(() => hostOf(url)).toThrow('redis://localhost:6379');
  });
});
