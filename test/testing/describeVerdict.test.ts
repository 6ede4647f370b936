import {describe, expect, it} from 'vitest';

import {describeCounterexample, describeVerdict} from '../../src/testing/describeVerdict';
import type {RobustnessVerdict} from '../../src/testing/judgeRobustness';
import {judgeDemands} from '../../src/testing/robustnessClaims';

const counterexample = {
  ...{example: 17, label: 1, answer: 0, epsilon: 2 / 255, distance: 0.0078, changed: 3},
  ...{pixels: 784, shape: [28, 28, 1], isImage: true},
  ...{clean: new Float32Array(784), adversarial: new Float32Array(784)},
};

const verdict = (correct: number[], totals: number[], change: object = {}): RobustnessVerdict => ({
  ...{pass: false, outcome: 'below', correct, totals, available: 5000, timedOut: false},
  claims: judgeDemands(
    correct.map((_, label) => ({subject: 'class', classes: [label], atLeast: 0.4})),
    correct,
    totals,
    0.95,
  ),
  ...{warnings: [], counterexamples: [counterexample]},
  settings: {
    ...{norm: 'linf', epsilon: 8 / 255, clip: [0, 1], confidence: 0.95, undecided: 'fail', seed: 7},
    classNames: ['cat', 'dog'],
  },
  ...change,
});

describe('describeVerdict', () => {
  it('says what was asked, what was seen, how sure that is and what to run again', () => {
    expect(describeVerdict(verdict([10, 90], [100, 100]), ['a/b.png'])).toMatchInlineSnapshot(`
      "The model is not as robust as asked (95 % confidence; linf, epsilon 8/255; 200 of 5,000 examples).

      robust accuracy of   asked     robust   share          bounds  shown
      ──────────────────  ──────  ─────────  ──────  ──────────────  ─────
      class 0 (cat)       40.0 %  10 of 100  10.0 %   5.5 to 17.6 %  NO
      class 1 (dog)       40.0 %  90 of 100  90.0 %  83.6 to 95.1 %  yes

      Example 17, of class 1 (dog): the model answers 0 (cat) at epsilon 2/255, with 3 of 784 pixels changed by a norm of 0.0078. It survives rounding to 8-bit grey levels.

      Written: a/b.png

      To run the same again: seed 7."
    `);
  });

  it('says that the model is as robust as asked', () => {
    const text = describeVerdict(verdict([90, 90], [100, 100], {outcome: 'above', pass: true}));
    expect(text).toMatch(/^The model is as robust as asked \(95 % confidence; linf/);
  });

  it('says how many examples would decide an open question', () => {
    const text = describeVerdict(
      verdict([44, 90], [100, 100], {outcome: 'undecided', timedOut: true}),
    );
    expect(text).toMatch(/^Too few examples to tell/);
    expect(text).toMatch(/It would be decided by about [\d,]+ examples of these classes/);
    expect(text).toContain('raise timeLimitMs');
    expect(text).toContain('seed 7, examples 200.');
  });

  it('says where no number of examples would', () => {
    const text = describeVerdict(verdict([40, 40], [100, 100], {outcome: 'undecided'}));
    expect(text).toContain('The 2 open questions cannot be decided by more examples');
  });

  it('keeps to the worst of many classes', () => {
    const many = verdict(
      new Array<number>(50).fill(90).fill(10, 40),
      new Array<number>(50).fill(100),
    );
    const text = describeVerdict(many);
    expect(text).toContain('... and 30 more');
    expect(text.match(/ NO$/gm)).toHaveLength(10);
  });

  it('has warnings with advice', () => {
    const warnings = [{code: 'zero-gradients', message: 'Zero.', advice: 'Check.'}];
    expect(describeVerdict(verdict([1, 1], [9, 9], {warnings}))).toContain('Warning: Zero. Check.');
  });
});

describe('the table of a verdict', () => {
  const demands = [
    {subject: 'all', classes: [0, 1], atLeast: 0.4},
    {subject: 'tail', classes: [1, 0], atLeast: 0.45},
    {subject: 'class', classes: [1], atLeast: 0.9},
    {subject: 'class', classes: [0], atLeast: 0.1},
  ] as const;
  const claims = judgeDemands(demands, [44, 44], [100, 100], 0.95);
  const rowsOf = (text: string) =>
    text.split('\n').filter((line) => / (yes|NO|undecided)$/.test(line));

  it('names what is asked, what failed first and what passed last', () => {
    const rows = rowsOf(describeVerdict(verdict([44, 44], [100, 100], {claims})));
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
      ...['class 1 (dog)', 'all classes', 'tail: 1 (dog), 0 (cat)', 'class 0 (cat)'],
    ]);
    expect(rows.map((row) => row.split(' ').at(-1))).toEqual([
      ...['NO', 'undecided', 'undecided', 'yes'],
    ]);
    expect(rows[1]).toMatch(/ 40\.0 % +88 of 200 +44\.0 % /);
  });

  it('has no share of no examples', () => {
    const [row = ''] = rowsOf(describeVerdict(verdict([0], [0], {outcome: 'undecided'})));
    expect(row).toMatch(/ 0 of 0 +[^\d%]+ +0\.0 to 100\.0 % +undecided$/);
  });

  it('says that the time was up, and what to raise where examples are left', () => {
    const open = (change: object) =>
      describeVerdict(verdict([44, 90], [100, 100], {outcome: 'undecided', ...change}));
    expect(open({timedOut: true})).toContain('200 of 5,000 examples, then the time was up).');
    expect(open({})).toContain(
      " Of the dataset's 5,000 examples 200 were attacked: raise examples.",
    );
    expect(open({})).toContain('200 of 5,000 examples).');
    expect(open({})).toMatch(/seed 7\.$/);
    expect(open({available: 200})).not.toMatch(/were attacked|raise/);
  });

  it('is followed by what there is alone', () => {
    const text = describeVerdict(verdict([10, 90], [100, 100], {counterexamples: []}));
    expect(text).not.toMatch(/Written|Warning|Example|decided/);
    // Twenty classes are shown, and all of twenty.
    const twenty = new Array<number>(20).fill(90);
    const many = describeVerdict(verdict(twenty, new Array<number>(20).fill(100)));
    expect(rowsOf(many)).toHaveLength(20);
    expect(many).not.toContain('more');
  });
});

describe('describeCounterexample', () => {
  it('does without names', () => {
    expect(describeCounterexample({...counterexample, isImage: false})).toBe(
      'Example 17, of class 1: the model answers 0 at epsilon 2/255, with 3 of 784 pixels changed ' +
        'by a norm of 0.0078.',
    );
  });
});
