import {mkdtemp, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {fileModel} from '../../../src/node/fileModel';
import {METHODS} from '../../../src/registry/methods';
import {cli, writeProject} from '../../support/cliProject';
import {denseArtifacts} from '../../support/graphModels';
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
  const untaught = Object.entries(METHODS).filter(
    ([name, {options}]) =>
      !('teacher' in options) && !['switch-at', 'harl', 'robal'].includes(name),
  );
  it.each(untaught.map(([name]) => name))(
    'trains by %s and writes a model that can be evaluated',
    async (method) => {
      const out = place(method);
      const {code, out: text} = await cli(...input, '--method', method, '--out', out);
      expect(code).toBe(0);
      expect(text).toMatch(new RegExp(`Trained by ${method} for 2 epochs; loss \\d+\\.\\d+\\.`));
      if (method !== 'pgd-at') return; // what is written is the same for all
      const evaluated = await cli('evaluate', out, images, '--channels', '1', '--epsilon', '0.01');
      expect(evaluated.out).toMatch(/^clean\s+100\.0 %/m);
    },
  );

  it('goes on from its checkpoints to the same result', async () => {
    const folder = await mkdtemp(place('states-'));
    const states = ['--checkpoints', folder];
    const run = async (...more: string[]) =>
      JSON.parse((await cli(...input, '--out', place('x'), '--json', ...more)).out) as {
        loss: number;
      };
    const whole = await run('--epochs', '3');
    await run('--epochs', '3', ...states);
    const kept = await readdir(folder);
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) expect(name).toMatch(/^harden-/);
    expect((await run('--epochs', '3', ...states)).loss).toBe(whole.loss); // all of it was kept
  });

  it('takes options as JSON, wrappers, and a teacher that it wrote before', async () => {
    await cli(...input, '--out', place('teacher'));
    const {code, out} = await cli(
      ...[...input, '--method', '{"name": "rslad", "teacher": "strong", "weight": 0.5}'],
      ...['--wrap', 'awp', '--wrap', '{"name": "distillation", "teacher": "strong"}'],
      ...['--teacher', `strong=${place('teacher')}`, '--out', place('student'), '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({method: 'rslad', epochs: 2});
  });

  it('takes an experiment from a file', async () => {
    const file = place('experiment.json');
    const experiment = {method: 'mart', epochs: 1, batchSize: 16, averaging: {ema: 0.9}};
    await writeFile(file, JSON.stringify(experiment));
    const {out} = await cli(...input, '--experiment', file, '--out', place('z'), '--json');
    expect(JSON.parse(out)).toMatchObject({method: 'mart', epochs: 1});
    await writeFile(file, JSON.stringify({...experiment, method: 'mrt'}));
    const {err} = await cli(...input, '--experiment', file, '--out', place('z'));
    expect(err).toContain('Did you mean "mart"?');
  });

  it('refuses a method that it does not know', async () => {
    const {code, err} = await cli(...input, '--method', 'magic', '--out', place('y'));
    expect(code).toBe(2);
    expect(err).toMatch(/"method" must be a method \(natural, pgd-at, .*\), found "magic"/);
    expect((await cli(...input)).err).toContain("required option '--out <folder>'");
  });
  it('says how it went, in words and in numbers', async () => {
    const out = place('words');
    const argv = [...input, '--epochs', '1', '--epsilon', '1/255', '--out', out];
    const {out: text, err} = await cli(...argv);
    expect(text).toMatch(
      new RegExp(
        '^Trained by pgd-at for 1 epoch; loss \\d\\.\\d{3}\\.\n' +
          'On 40 of the training images: clean 100\\.0 %, under PGD at 1/255 100\\.0 %\\.\n' +
          `Written: ${out}\nMeasure it on images that it has not seen: lt-robust evaluate\\.\n$`,
      ),
    );
    expect(err).toMatch(/^train: 1 of \d+ /);
    const {out: json} = await cli(...argv, '--json');
    expect(JSON.parse(json)).toEqual({
      ...{
        method: 'pgd-at',
        epochs: 1,
        loss: expect.any(Number) as number,
        clean: 1,
        robust: 1,
        out,
      },
    });
    // 30 of 40 images are more than 0.1 from the border.
    const far = await cli(
      ...input,
      '--learning-rate',
      '1e-9',
      '--epsilon',
      '0.11',
      '--steps',
      '20',
      '--out',
      out,
      '--json',
    );
    expect(JSON.parse(far.out)).toMatchObject({clean: 1, robust: 0.75});
  });

  it('refuses a teacher without a folder, and a graph model', async () => {
    expect(await cli(...input, '--teacher', 'strong', '--out', place('v'))).toMatchObject({
      ...{code: 2, err: 'Error: --teacher takes name=folder.\n'},
    });
    const kernel = [-1, -1, -1, -1].map((weight) => [weight, 1]);
    await fileModel(place('graph')).save(denseArtifacts({kernel, endings: ['Softmax']}));
    const [, , ...rest] = input;
    expect(await cli('harden', place('graph'), ...rest, '--out', place('v'))).toMatchObject({
      ...{code: 2, out: ''},
      err: 'Error: A graph model has no variables to train: save the Keras model as a layers model.\n',
    });
  });
});
