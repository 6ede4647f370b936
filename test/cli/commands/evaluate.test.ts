import {readFile} from 'node:fs/promises';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';

import {shortfalls} from '../../../src/cli/commands/evaluate';
import type {ReportFile} from '../../../src/cli/reportFile';
import {cli, writeProject} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';
import {sampleReport} from '../../support/reports';
import {expectNoLeak} from '../../support/tensors';

const project = temporaryFolder();
let input: string[];
beforeAll(async () => {
  const {model, images} = await writeProject(project.path);
  input = [model, images];
});
afterAll(project.remove);

// Of each class 20 images, 0.02 to 0.4 from the border; 15 of them more than 0.1.
const EPSILON = ['--epsilon', '0.11'];

describe('lt-robust evaluate', () => {
  it('prints a table with the right figures', async () => {
    const {code, out} = await cli('evaluate', ...input, ...EPSILON);
    expect(code).toBe(0);
    expect(out).toMatch(/^clean\s+100\.0 %/m);
    expect(out).toMatch(/^pgd\s+75\.0 %/m);
    expect(out).toMatch(/^0 \(dark\)\s+20\s+100\.0 %\s+75\.0 %$/m);
  });

  it('writes JSON, a file and a page', async () => {
    const [out, html] = ['r.json', 'r.html'].map((name) => path.join(project.path, name));
    const run = await cli(
      'evaluate',
      ...input,
      ...EPSILON,
      '--json',
      '--out',
      out!,
      '--html',
      html!,
    );
    const printed = JSON.parse(run.out) as ReportFile;
    expect(printed.report.attacks['pgd']).toMatchObject({correct: 30, total: 40});
    expect(printed).toMatchObject({classNames: ['dark', 'light'], attacks: {pgd: {epsilon: 0.11}}});
    expect(JSON.parse(await readFile(out!, 'utf8'))).toEqual(printed);
    const page = await readFile(html!, 'utf8');
    expect(page).toContain('Examples that the attack breaks');
    expect(page).toContain('0 (dark)');
    expect(run.err).toContain(`Written: ${out}\nWritten: ${html}`);
  });

  it('attacks at several epsilons, with several attacks', async () => {
    const {out} = await cli('evaluate', ...input, '--attack', 'pgd,fgsm', '--epsilon', '0.05,0.11');
    for (const row of ['pgd 0.05 +90.0', 'pgd 0.11 +75.0', 'fgsm 0.05 +90.0', 'fgsm 0.11 +75.0']) {
      expect(out).toMatch(new RegExp(`^${row}`, 'm'));
    }
  });

  it('does not depend on the batch size; a seed chooses the examples', async () => {
    const json = async (...more: string[]) =>
      JSON.parse(
        (await cli('evaluate', ...input, ...EPSILON, '--json', ...more)).out,
      ) as ReportFile;
    const some = ['--examples', '10', '--seed', '3'];
    const [a, b] = [await json(...some), await json(...some, '--batch-size', '3')];
    expect(a.examples).toHaveLength(10);
    expect(b.report).toEqual(a.report);
    expect((await json('--examples', '10', '--seed', '4')).examples).not.toEqual(a.examples);
  });

  it.each([
    [['--fail-under', '0.7'], 0],
    [['--fail-under', '0.8'], 1],
    [['--fail-under', '0.7', '--confidence', '0.95'], 1], // 30 of 40 do not show that
    [['--tail', '1', '--class-counts', '9,2', '--fail-under-tail', '0.7'], 0],
    [['--tail', '1', '--class-counts', '9,2', '--fail-under-tail', '0.8'], 1],
  ])('with %j ends with %i', async (more, code) => {
    const run = await cli('evaluate', ...input, ...EPSILON, ...more);
    expect(run.code).toBe(code);
    expect(run.err.includes('FAILED:')).toBe(code === 1);
  });

  it.each([
    [['--attack', 'pdg'], 'There is no attack "pdg". There are: pgd, fgsm,'],
    [['--fail-under-tail', '0.3'], '--fail-under-tail needs --tail.'],
    [['--tail', '1'], 'give --class-counts'],
    [['--epsilon', '8'], 'for 8 of 255 grey levels write 8 / 255'],
    [['--input-range', '5'], '--input-range takes the darkest and the brightest pixel'],
    [
      ['--channels', '3'],
      'The images are 2 x 2 x 3 (height, width, channels), the model takes 2 x 2 x 1.',
    ],
    [['--channels', '2'], '1 or 3 channels, not 2'],
  ])('with %j says what is wrong', async (more, message) => {
    const {code, err} = await cli('evaluate', ...input, ...more);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  // The processes load the sources, which are TypeScript.
  it.runIf(tf.getBackend() === 'cpu')(
    'does it on several processes: the report of one, and the error that one would give',
    {timeout: 120_000},
    async () => {
      vi.stubEnv('NODE_OPTIONS', '--import tsx');
      const options = ['--attack', 'pgd,pgd-restarts', '--batch-size', '3', '--seed', '5'];
      const json = async (...more: string[]) => {
        const run = await cli('evaluate', ...input, ...EPSILON, ...options, '--json', ...more);
        return {...run, file: JSON.parse(run.out) as ReportFile};
      };
      try {
        const [one, two] = [await json(), await json('--workers', '2', '--shards', '5')];
        expect(two.file.report).toStrictEqual(one.file.report);
        expect([two.file.labels, two.file.examples]).toEqual([one.file.labels, one.file.examples]);
        expect(two.err).toContain('parts: 5 of 5 parts');
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );

  it.each([
    ['--shard', '1/2'],
    ['--queue', 'redis://127.0.0.1:1'],
  ])('takes --workers alone, not with %s', async (...other) => {
    const {code, err} = await cli('evaluate', ...input, '--workers', '2', ...other);
    expect([code, err]).toEqual([2, expect.stringContaining('leave out --shard and --queue')]);
  });

  it('refuses an address that is none before it reads anything', async () => {
    const {code, err} = await cli('evaluate', '/nowhere', '/nowhere', '--queue', 'nowhere');
    expect([code, err]).toEqual([2, expect.stringContaining('--queue takes the address')]);
  });

  it('leaves no tensor behind', async () => {
    await cli('evaluate', ...input, ...EPSILON);
    await expectNoLeak(() => cli('evaluate', ...input, ...EPSILON));
  });
});

describe('shortfalls', () => {
  it('go by the worst attack', () => {
    const file = {report: sampleReport()}; // 35 %, and 20 % of the tail
    expect(shortfalls(file, {failUnder: 0.3, failUnderTail: 0.2})).toEqual([]);
    expect(shortfalls(file, {failUnder: 0.4, failUnderTail: 0.3})).toEqual([
      'The robust accuracy under strong is 35.0 %: less than 40.0 %.',
      'The accuracy of the tail under strong is 20.0 %: less than 30.0 %.',
    ]);
  });
});
