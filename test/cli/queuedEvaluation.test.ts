import path from 'node:path';

import {describe, expect, it} from 'vitest';

import type {EvaluateOptions} from '../../src/cli/commands/evaluate';
import type {EvaluationOptions} from '../../src/cli/openEvaluation';
import {checkTask, hostOf, loadQueue, taskOf} from '../../src/cli/queuedEvaluation';
import {versionOf} from '../../src/cli/versions';

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

describe('a task', () => {
  const deciding: EvaluationOptions = {
    ...{attack: ['pgd'], norm: 'l2', epsilon: [0.1], steps: 3, tail: 2, examples: 9, batchSize: 5},
    ...{seed: 4, part: 'train', channels: 1, classCounts: [1, 2], logits: 'l'},
    inputRange: [0, 255],
  };
  const all: EvaluateOptions = {
    ...deciding,
    ...{backend: 'cpu', threads: 1, workers: 1, shards: 4},
  };

  it('has every option that decides the numbers', () => {
    const task = taskOf('m', 'd', 'cpu', {...all, classNames: 'a,b'});
    expect(task).toEqual({
      ...{format: 'lt-robust-evaluation', version: versionOf('lt-robust'), backend: 'cpu'},
      ...{model: path.resolve('m'), data: path.resolve('d'), options: deciding},
    });
  });

  it('says what is different about a worker', () => {
    const task = taskOf('m', 'd', 'cpu', options);
    expect(() => checkTask({...task, version: '0.0.1'}, 'cpu')).toThrow(
      `The part was queued by lt-robust 0.0.1, this worker is ${task.version}: install one version everywhere.`,
    );
    expect(() => checkTask(task, 'wasm')).toThrow(
      'The part was queued for the backend cpu, this worker runs on wasm: start it with --backend.',
    );
    expect(() => checkTask(undefined, 'cpu')).toThrow(
      'The part was not queued by "lt-robust evaluate --queue".',
    );
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
