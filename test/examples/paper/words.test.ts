import {describe, expect, it} from 'vitest';

import {page} from '../../../examples/paper/page';
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
