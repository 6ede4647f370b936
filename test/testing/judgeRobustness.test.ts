import {describe, expect, it} from 'vitest';

import {judgeRobustness} from '../../src/testing/judgeRobustness';
import {brightness, brightnessData, spread} from '../support/onePixel';

const dataset = brightnessData(spread(200));

describe('judgeRobustness', () => {
  it.each([
    [0.7, 'above', true],
    [0.8, 'undecided', false],
    [0.9, 'below', false],
  ])('at 80 %% robust examples says of %s: %s', async (atLeast, outcome, pass) => {
    const verdict = await judgeRobustness(brightness, dataset, {epsilon: 0.1, atLeast});
    expect(verdict).toMatchObject({outcome, pass, available: 200, timedOut: false});
    expect(verdict.claims).toHaveLength(1);
    expect(verdict.claims[0]).toMatchObject({correct: 160, total: 200, outcome});
    expect(verdict.counterexamples).toHaveLength(pass ? 0 : 1);
  });

  it('lets an open question pass if told to', async () => {
    const options = {epsilon: 0.1, atLeast: 0.8, undecided: 'pass' as const};
    const verdict = await judgeRobustness(brightness, dataset, options);
    expect(verdict).toMatchObject({pass: true, outcome: 'undecided', counterexamples: []});
    expect(await judgeRobustness(brightness, dataset, {...options, atLeast: 0.9})).toMatchObject({
      pass: false,
    });
  });

  it('looks for counterexamples in the classes that fail', async () => {
    // Bright pixels are all far from the border, dark ones are not.
    const uneven = brightnessData([
      ...spread(100).map((v) => v / 2),
      ...spread(100).map((v) => 0.8 + v / 5),
    ]);
    const verdict = await judgeRobustness(brightness, uneven, {
      ...{epsilon: 0.2, perClass: 0.8, counterexamples: 3},
    });
    expect(verdict.claims.map(({outcome}) => outcome)).toEqual(['below', 'above']);
    expect(verdict.counterexamples).toHaveLength(3);
    for (const {label, clean, epsilon, changed} of verdict.counterexamples) {
      expect(label).toBe(0);
      expect(epsilon).toBeCloseTo(Math.ceil(255 * (0.5 - clean[0]!)) / 255, 2);
      expect(changed).toBe(1);
    }
  });

  it('asks about the tail together', async () => {
    const {claims} = await judgeRobustness(brightness, dataset, {
      ...{epsilon: 0.1, tail: {classes: [1], atLeast: 0.6}},
    });
    expect(claims).toMatchObject([{subject: 'tail', classes: [1], total: 100, outcome: 'above'}]);
  });

  it('counts only what is right without the attack, too', async () => {
    // All labels swapped: the attack puts some of them right.
    const {labels, ...rest} = dataset;
    const swapped = {...rest, labels: labels.map((label) => 1 - label)};
    const {correct} = await judgeRobustness(brightness, swapped, {epsilon: 0.5, atLeast: 0.5});
    expect(correct).toEqual([0, 0]);
  });

  it('survives JSON', async () => {
    const verdict = await judgeRobustness(brightness, dataset, {epsilon: 0.1, atLeast: 0.5});
    expect(JSON.parse(JSON.stringify(verdict))).toMatchObject({pass: true, claims: verdict.claims});
  });
});
