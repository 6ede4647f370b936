import {readFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {mergeReports} from '../../../src/cli/commands/merge';
import type {ReportFile} from '../../../src/cli/reportFile';
import {cli, writeProject} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';

const project = temporaryFolder();
const place = (name: string) => path.join(project.path, name);
let input: string[];
beforeAll(async () => {
  const {model, images} = await writeProject(project.path);
  input = ['evaluate', model, images, '--channels', '1', '--epsilon', '0.11'];
  for (const part of [1, 2, 3]) {
    await cli(...input, '--shard', `${part}/3`, '--out', place(`part${part}.json`));
  }
  await cli(...input, '--out', place('whole.json'));
});
afterAll(project.remove);

const parts = [1, 2, 3].map((part) => place(`part${part}.json`));
const read = async (name: string) => JSON.parse(await readFile(place(name), 'utf8')) as ReportFile;

describe('lt-robust merge', () => {
  it('makes of the shards what one evaluation gives', async () => {
    const {code, out} = await cli('merge', ...parts.reverse(), '--out', place('merged.json'));
    expect(code).toBe(0);
    expect(out).toMatch(/^pgd\s+75\.0 %/m);
    const [merged, whole] = [await read('merged.json'), await read('whole.json')];
    for (const key of ['report', 'examples', 'labels', 'attacks', 'classNames'] as const) {
      expect(merged[key]).toEqual(whole[key]);
    }
    expect((await cli('merge', ...parts, '--fail-under', '0.9')).code).toBe(1);
  });

  it('refuses what are no shards of one evaluation', async () => {
    expect(await cli('merge', parts[0]!, place('whole.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('Report 2 is of a whole evaluation'),
    });
    expect(await cli('merge', place('part1.json'), place('part3.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('must hold all 3 parts, found no part 2.'),
    });
    await cli(...input, '--seed', '2', '--shard', '2/3', '--out', place('other.json'));
    const other = await cli('merge', place('part1.json'), place('other.json'));
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringMatching(/must be of one evaluation, found .*evaluation\.seed/),
    });
  });
  it('adds up the time, and says by which command it was merged', async () => {
    const html = place('merged.html');
    const argv = ['merge', ...parts, '--json', '--out', place('m.json'), '--html', html];
    const {out, err} = await cli(...argv);
    const files = await Promise.all([1, 2, 3].map((part) => read(`part${part}.json`)));
    const merged = JSON.parse(out) as ReportFile;
    expect(merged.run.elapsedMs).toBe(files.reduce((sum, {run}) => sum + run.elapsedMs, 0));
    expect(merged.run.command).toBe(`lt-robust ${argv.join(' ')}`);
    expect(merged).not.toHaveProperty('shard');
    expect(await read('m.json')).toEqual(merged);
    expect(err).toBe(`Written: ${place('m.json')}\nWritten: ${html}\n`);
    expect(await readFile(html, 'utf8')).toContain('40 examples of');
  });

  it('says what is wrong with the files', async () => {
    await expect(mergeReports([])).rejects.toThrow('There is nothing to merge.');
    const [one, two] = [await read('part1.json'), await read('part2.json')];
    await expect(mergeReports([one, {...two, shard: undefined}])).rejects.toThrow(
      'Report 2 is of a whole evaluation: give those of --shard alone.',
    );
    const attacks = {pgd: {attack: 'pgd', norm: 'linf', epsilon: 0.2}} as const;
    await expect(mergeReports([one, {...two, attacks}])).rejects.toThrow(
      'The reports differ in attacks: these are no shards of one evaluation.',
    );
    await expect(mergeReports([one, two])).rejects.toThrow(
      /^The shards must hold all 3 parts, found no part 3\. \S/,
    );
  });
});
