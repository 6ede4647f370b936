import {execFile} from 'node:child_process';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, describe, expect, it} from 'vitest';

import type {PaperReport} from '../../examples/paper/report';
import {temporaryFolder} from '../support/temporaryFolder';

// The program itself, from the built package, as `npm run paper` starts it; small enough for a test.
const FLAGS = [
  ...['table1', '--rows', 'RoBal;Ours', '--epochs', '4', '--network', 'resnet18-1'],
  ...['--max-count', '50', '--batch-size', '32', '--attack-steps', '1', '--test-per-class', '4'],
  ...['--validation-per-class', '2', '--auto-attack-images', '0', '--processes', '1'],
];

/** Runs the program with flags, as the script of package.json does it. */
async function paper(
  out: string,
  ...more: string[]
): Promise<{printed: string; report: PaperReport}> {
  const {scripts} = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: {paper: string};
  };
  const [build, tsx, ...program] = scripts.paper.split(/ && | /).slice(2);
  expect([build, tsx]).toEqual(['build:js', 'tsx']);
  const command = ['node_modules/tsx/dist/cli.mjs', ...program, ...FLAGS, '--out', out, ...more];
  const {stdout} = await promisify(execFile)(process.execPath, command);
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as PaperReport;
  return {printed: stdout, report};
}

describe('npm run paper', () => {
  const folder = temporaryFolder();
  afterAll(() => {
    folder.remove();
  });

  it('reports its rows beside the paper, and does not run again what it has run', async () => {
    const {printed, report} = await paper(folder.path);
    expect(report.rows.map(({label}) => label)).toEqual(['RoBal', 'Ours']);
    expect(printed).toContain('Ours, in the paper');
    expect(printed).toContain('reduced scale');
    for (const {history, last, seconds} of report.runs) {
      expect(history.every(({loss}) => Number.isFinite(loss))).toBe(true);
      expect(last.clean).toBeGreaterThanOrEqual(0);
      expect(last.pgd).toBeLessThanOrEqual(1);
      expect(seconds).toBeGreaterThan(0);
    }
    // RoBal's 80 epochs of 100 in the paper, and the teacher's 30.
    expect(report.runs.map(({history}) => history.length).sort()).toEqual([3, 4]);
    expect(report.runs.filter(({teacher}) => teacher !== null)).toHaveLength(1);

    const checkpoints = join(folder.path, 'checkpoints');
    const times = async () => {
      const names = await readdir(checkpoints);
      return Promise.all(names.map(async (name) => (await stat(join(checkpoints, name))).mtimeMs));
    };
    const before = await times();
    const again = await paper(folder.path);
    expect(again.report.runs).toEqual(report.runs);
    expect(await times()).toEqual(before);

    // When the time is over, the report still has what was run before.
    const over = await paper(folder.path, '--until', '0:00');
    expect(over.report.runs).toEqual(report.runs);

    const files = await readdir(folder.path);
    expect(files).toEqual(expect.arrayContaining(['report.csv', 'report.html', 'report.json']));
  }, 300_000);

  it('says why a run failed', async () => {
    const failed = paper(join(folder.path, 'failed'), '--data', join(folder.path, 'none'));
    await expect(failed).rejects.toMatchObject({
      stderr: expect.stringMatching(/seed 0: .*"location" must be .*found .*none/) as string,
    });
  }, 60_000);

  it('does not replace the report of something else', async () => {
    const before = await readFile(join(folder.path, 'report.json'), 'utf8');
    const refused = promisify(execFile)(process.execPath, [
      ...[
        'node_modules/tsx/dist/cli.mjs',
        'examples/paper/main.ts',
        'table2',
        '--out',
        folder.path,
      ],
    ]);
    await expect(refused).rejects.toMatchObject({
      stderr: expect.stringContaining('holds the report of table1') as string,
    });
    expect(await readFile(join(folder.path, 'report.json'), 'utf8')).toBe(before);
  }, 60_000);
});
