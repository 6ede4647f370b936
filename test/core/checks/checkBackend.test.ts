import {spawnSync} from 'node:child_process';
import path from 'node:path';

import {describe, expect, it} from 'vitest';

import {checkBackend, startedBackend} from '../../../src/core/checks/checkBackend';
import {ROOT} from '../../package/sources';

// A backend once imported stays in the engine of a process: this is asked in one of its own.
function withoutBackend(...argv: string[]): Record<string, unknown> {
  const program = path.join(ROOT, 'test/support/withoutBackend.ts');
  const {stdout, stderr} = spawnSync(process.execPath, ['--import', 'tsx', program, ...argv], {
    ...{cwd: ROOT, encoding: 'utf8'},
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(stdout + stderr);
  return JSON.parse(last) as Record<string, unknown>;
}

const none = (where: string) =>
  `InvalidArgumentError: ${where}: "backend of TensorFlow.js" must be imported and started, found none. ` +
  "Begin the program with: import '@tensorflow/tfjs-backend-wasm'; await tf.setBackend('wasm'); or " +
  'the same with cpu, webgl or webgpu.';

describe('a program without a backend', () => {
  it('is told which to import, by everything that makes the first tensor', () => {
    expect(withoutBackend()).toEqual({
      arrayDataset: none('Dataset.batch'),
      decodedDataset: none('Dataset.batch'),
      asDataset: none('Dataset.batch'),
      smallConvNet: none('smallConvNet'),
      resnet18: none('resnet18'),
      evaluateRobustness: none('evaluateRobustness'),
      registerGradientKernels: none('registerGradientKernels'),
    });
  });

  it('is told to wait for one that has not started; what is asynchronous waits', () => {
    const found = withoutBackend('wasm');
    expect(found).toMatchObject({
      evaluateRobustness: {accuracy: 1},
      registerGradientKernels: 'works',
    });
    for (const name of ['arrayDataset', 'smallConvNet']) {
      expect(found[name]).toMatch(
        /^InvalidArgumentError: .*found one that has not started .*Await tf\.ready\(\) or tf\.setBackend\(name\) first\.$/,
      );
    }
  });
});

describe('checkBackend', () => {
  it('says nothing where one has started', async () => {
    expect(() => {
      checkBackend('here');
    }).not.toThrow();
    await expect(startedBackend('here')).resolves.toBeUndefined();
  });
});
