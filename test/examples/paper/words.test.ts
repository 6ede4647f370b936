import {readdirSync, readFileSync} from 'node:fs';
import {deserialize} from 'node:v8';

import {describe, expect, it} from 'vitest';

import {readArguments} from '../../../examples/paper/arguments';
import {page} from '../../../examples/paper/page';
import {reportOf, type PaperReport} from '../../../examples/paper/report';
import type {RunResult} from '../../../examples/paper/runRow';
import {summaryText} from '../../../examples/paper/summaryText';
import {scaleOf, scaleSentences} from '../../../examples/paper/words';
import {fakeReport} from './fakeReport';

const DATA = '--data cifar';

describe('how a report says that it is not as in the paper', () => {
  it.each(['table1', 'table3', 'table5', 'table6', 'figure4', 'figure8', 'combinations'])(
    '%s as it is, is',
    (name) => {
      const report = fakeReport(`${name} ${DATA}`);
      expect(scaleOf(report)).toBe('paper');
      expect(page(report, [])).toContain('As in the paper');
      expect(page(report, [])).not.toContain('Reduced scale');
      expect(summaryText(report).split('\n')[0]).not.toContain('(');
    },
  );

  it('flags that say what the paper does change nothing', () => {
    const flags = '--epochs 100 --max-count 5000 --learning-rate 0.1 --network resnet18-64';
    expect(scaleOf(fakeReport(`table1 ${DATA} ${flags}`))).toBe('paper');
    expect(scaleOf(fakeReport(`table1 ${DATA} --auto-attack-images 10000`))).toBe('paper');
    // The paper's Table 6 has no AutoAttack.
    expect(scaleOf(fakeReport(`table6 ${DATA} --auto-attack-images 0`))).toBe('paper');
    expect(scaleOf(fakeReport(`table6 ${DATA} --auto-attack-images 100`))).toBe('paper');
  });

  it.each([
    ['--auto-attack-images 0', 'AutoAttack was not run.'],
    ['--auto-attack-images 105', 'AutoAttack was run on 105 of the test images, not on all.'],
    ['--max-count 200', '200 training images of the largest class in place of 5,000.'],
    ['--epochs 14', '14 epochs in place of 100; the rest in proportion.'],
    ['--attack-steps 3', '3 attack steps in training in place of 10 or 5; they reach as far.'],
    ['--network resnet18-8', 'Network: resnet18, width 8, in place of resnet18, width 64.'],
  ])('%s is a reduced scale', (flag, sentence) => {
    const report = fakeReport(`table1 ${DATA} ${flag}`, (runs) =>
      runs.map((run) => {
        const most = Number(/max-count (\d+)/.exec(flag)?.[1] ?? 5000);
        return {...run, classCounts: run.classCounts.map((n) => Math.floor((n * most) / 5000))};
      }),
    );
    expect(scaleSentences(report)).toContain(sentence);
    expect(scaleOf(report)).toBe('reduced');
    expect(page(report, [])).toContain('Reduced scale');
    expect(summaryText(report)).toContain('(reduced scale)');
  });

  it.each([
    ['--epochs 150', '150 epochs in place of 100; the rest in proportion.'],
    ['--learning-rate 0.2', 'Learning rate 0.2 in place of 0.1.'],
    ['--batch-size 256', 'Batches of 256 in place of 128 or 64; those of teachers in proportion.'],
    [
      '--validation-per-class 50',
      'The best epoch is chosen on 50 other images of each class, not on the test set.',
    ],
  ])('%s is other settings', (flag, sentence) => {
    const report = fakeReport(`table1 ${DATA} ${flag}`);
    expect(scaleSentences(report)).toContain(sentence);
    expect(scaleOf(report)).toBe('other');
    expect(summaryText(report)).toContain('(other settings than the paper’s)');
    expect(page(report, [])).toContain('Other settings than the paper’s');
  });

  it('looks at what the runs had, too', () => {
    const few = fakeReport(`table1 ${DATA} --test-per-class 3`, (runs) =>
      runs.map((run) => ({...run, testImages: 30})),
    );
    expect(scaleSentences(few)).toContain('30 test images in place of 10,000.');
    expect(scaleOf(few)).toBe('reduced');
    const other = fakeReport(`table2 ${DATA}`, (runs) =>
      runs.map((run) => ({...run, classCounts: [500, 50]})),
    );
    expect(scaleSentences(other)).toContain('2 classes in place of 100.');
    const more = fakeReport(`table1 ${DATA}`, (runs) =>
      runs.map((run) => ({...run, classCounts: run.classCounts.map((n) => (6 * n) / 5)})),
    );
    expect(scaleSentences(more)).toContain(
      '6,000 training images of the largest class in place of 5,000.',
    );
    expect(scaleOf(more)).toBe('other');
  });

  it('counts the runs of a table of several', () => {
    expect(scaleOf(fakeReport(`table10 ${DATA}`))).toBe('paper');
    const one = fakeReport(`table10 ${DATA}`, (runs) => runs.slice(0, 1));
    expect(scaleOf(one)).toBe('reduced');
    expect(scaleSentences(one)).toContain('1 run in place of 5.');
  });
});

describe('what a report says of its runs', () => {
  const text = (command: string) => scaleSentences(fakeReport(`${command} ${DATA}`)).join(' ');

  it('is true of all rows', () => {
    expect(text('table1')).toContain(
      '13,996 training images (5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100), ' +
        '10,000 test images, 12 parameters, ' +
        'PGD in training: 10 steps (PGD-AT, TRADES, MART, AWP, REAT, AT-BSL, Ours), 5 (RoBal).',
    );
    expect(text('table1 --attack-steps 3')).toContain('12 parameters, PGD-3 in training.');
    const table5 = text('table5');
    expect(table5).toContain(
      'Training images: IR 50: 12,608 (500 to 10 of a class); IR 20: 15,907 (500 to 25 of a class);',
    );
    expect(table5).toContain('PGD in training: 10 steps (REAT, AT-BSL, Ours), 5 (RoBal).');
    const figure4 = text('figure4');
    expect(figure4).toContain('IR 1: 50,000 (5000 of a class); IR 2: 36,223');
    expect(figure4).toContain('PGD in training: 10 steps (PGD-AT), none (Natural).');
    expect(text('table6')).toContain('19,573 training images (500 to 50 of a class)');
    expect(text('table6')).toContain('10 steps (REAT, AT-BSL, PGD-AT), 5 (RoBal)');
  });

  it('gives what differs from run to run as a range', () => {
    const report = fakeReport(`table1 ${DATA}`, (runs) =>
      runs.map((run, i) => ({...run, parameters: 1000 + i, testImages: i === 0 ? 9000 : 10_000})),
    );
    expect(scaleSentences(report).join(' ')).toContain(
      '9,000 to 10,000 test images, 1,000 to 1,007 parameters',
    );
  });

  it.each(['table5 --seeds 2', 'figure4', 'figure8', 'table10'])(
    '%s does not depend on which run ended first',
    (command) => {
      const [one, other] = [
        fakeReport(`${command} ${DATA}`),
        fakeReport(`${command} ${DATA}`, (runs) => [...runs].reverse()),
      ];
      expect(other).toEqual(one);
      expect(page(other, [])).toBe(page(one, []));
      expect(summaryText(other)).toBe(summaryText(one));
    },
  );

  it('makes the kept report from the kept runs, in whatever order they come', () => {
    const kept = JSON.parse(
      readFileSync('docs/results/paper-cifar10-lt.json', 'utf8'),
    ) as PaperReport;
    const folder = 'docs/results/paper-cifar10-lt/runs';
    const runs = readdirSync(folder).map(
      (name) => (deserialize(readFileSync(`${folder}/${name}`)) as {value: RunResult}).value,
    );
    const flags = ['node', 'paper', '--config', 'examples/paper/cifar10-lt.json'];
    const report = reportOf(readArguments(flags), kept.command, runs);
    expect(JSON.stringify([report.rows, report.runs])).toBe(JSON.stringify([kept.rows, kept.runs]));
  });

  it('has runs in the order of seeds, then rows', () => {
    const {runs} = fakeReport(`table6 ${DATA} --seeds 2`, (all) => [...all].reverse());
    expect(runs.map(({seed}) => seed)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(runs[1]?.id).toBe('cifar100-lt10/resnet18/reat');
  });

  it('speaks of lines in italics only where there are some', () => {
    for (const name of ['figure4', 'figure6', 'figure8']) {
      expect(page(fakeReport(`${name} ${DATA}`), [])).not.toContain('in italics');
    }
    expect(page(fakeReport(`table1 ${DATA}`), [])).toContain('in italics');
  });

  it('says how many seeds are there, of each row where they differ', () => {
    expect(page(fakeReport(`table10 ${DATA}`), [])).toContain(
      'percent, ± sample standard deviation, of 5 seeds.',
    );
    const one = page(
      fakeReport(`table10 ${DATA}`, (runs) => runs.slice(0, 1)),
      [],
    );
    expect(one).toContain('percent, of 1 of the 5 seeds asked for.');
    expect(one).not.toContain('sample standard deviation');
    const some = fakeReport(`table6 ${DATA} --seeds 2`, (runs) => runs.slice(0, 5));
    expect(page(some, [])).toContain(
      'percent, ± sample standard deviation, of 1 to 2 of the 2 seeds asked for.',
    );
    for (const shown of [page(some, []), summaryText(some)]) {
      expect(shown).toContain('REAT, D (1 of 2 seeds)');
      expect(shown).not.toContain('RoBal, D (');
    }
    const started = fakeReport(`table6 ${DATA}`, (runs) => runs.slice(0, 2));
    expect(summaryText(started)).toContain('No run yet: AT-BSL, D; PGD-AT, D_B.');
    const nothing = fakeReport(`table6 ${DATA}`, () => []);
    expect(page(nothing, [])).toContain('No run is there yet.');
  });

  it('says what seconds and image-steps are', () => {
    const html = page(fakeReport(`table1 ${DATA}`), []);
    expect(html).toContain('Image-steps are images seen in training steps, a teacher’s included.');
    expect(html).toContain('without a teacher that another run had trained');
  });
});
