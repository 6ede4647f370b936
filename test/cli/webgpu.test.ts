import {access} from 'node:fs/promises';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {writeProject} from '../support/cliProject';
import {hasSwiftShader, lastLine, runOnSwiftShader} from '../support/swiftShader';
import {temporaryFolder} from '../support/temporaryFolder';

// Each command in a process of its own, whatever the backend of this one.
describe.runIf(tf.getBackend() === 'cpu' && hasSwiftShader)(
  'lt-robust on WebGPU',
  {timeout: 300_000},
  () => {
    const project = temporaryFolder();
    let input: readonly string[];
    beforeAll(async () => {
      const {model, images} = await writeProject(project.path);
      input = [model, images];
    });
    afterAll(project.remove);

    const run = (...args: readonly string[]) =>
      runOnSwiftShader('src/cli/bin.ts', [...args, '--backend', 'webgpu']);

    it('evaluates', async () => {
      const out = await run('evaluate', ...input, '--epsilon', '0.11', '--attack', 'pgd,fgsm');
      expect(out).toMatch(/^clean\s+100\.0 %/m);
      expect(out).toMatch(/^pgd\s+75\.0 %/m);
      expect(out).toMatch(/^fgsm\s+75\.0 %/m);
    });

    it('audits gradients', async () => {
      expect(await run('audit', ...input)).toContain('Backend webgpu');
    });

    it('hardens', async () => {
      const out = path.join(project.path, 'hardened');
      await run('harden', ...input, '--epochs', '1', '--epsilon', '0.11', '--out', out);
      await access(path.join(out, 'model.json'));
    });

    it('finds it in doctor', async () => {
      const found = lastLine(await runOnSwiftShader('src/cli/bin.ts', ['doctor', '--json']));
      expect(found).toMatchObject({
        backends: expect.arrayContaining([
          expect.objectContaining({backend: 'webgpu', starts: true}),
        ]) as unknown,
      });
    });
  },
);
