import {readdir} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {METHODS} from '../../../src/cli/commands/harden';
import {cli, writeProject} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';

const project = temporaryFolder();
const place = (name: string) => path.join(project.path, name);
let input: string[];
let images: string;
beforeAll(async () => {
  const made = await writeProject(project.path);
  images = made.images;
  input = [
    'harden',
    made.model,
    images,
    '--channels',
    '1',
    '--epochs',
    '2',
    '--batch-size',
    '16',
    '--steps',
    '2',
  ];
});
afterAll(project.remove);

describe('lt-robust harden', () => {
  it.each(Object.keys(METHODS))(
    'trains by %s and writes a model that can be evaluated',
    async (method) => {
      const out = place(method);
      const {code, out: text} = await cli(...input, '--method', method, '--out', out);
      expect(code).toBe(0);
      expect(text).toMatch(new RegExp(`Trained by ${method} for 2 epochs; loss \\d+\\.\\d+\\.`));
      const evaluated = await cli('evaluate', out, images, '--channels', '1', '--epsilon', '0.01');
      expect(evaluated.out).toMatch(/^clean\s+100\.0 %/m);
    },
  );

  it('goes on from its checkpoints to the same result', async () => {
    const states = ['--checkpoints', place('states')];
    const run = async (...more: string[]) =>
      JSON.parse((await cli(...input, '--out', place('x'), '--json', ...more)).out) as {
        loss: number;
      };
    const whole = await run('--epochs', '3');
    await run('--epochs', '3', ...states);
    expect(await readdir(place('states'))).not.toEqual([]);
    expect((await run('--epochs', '3', ...states)).loss).toBe(whole.loss); // all of it was kept
  });

  it('refuses a method that it does not know', async () => {
    const {code, err} = await cli(...input, '--method', 'magic', '--out', place('y'));
    expect(code).toBe(2);
    expect(err).toContain('There is no method "magic". There are: pgd, at-bsl, natural.');
    expect((await cli(...input)).err).toContain("required option '--out <folder>'");
  });
});
