import {parseHTML} from 'linkedom';
import {describe, expect, it} from 'vitest';

import {mcnemarTest} from '../../src/metrics/mcnemarTest';
import {robustnessScore, type RobustnessReport} from '../../src/metrics/robustnessReport';
import {pairedSection} from '../../src/report/pairedSection';

const labels = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1];

// A report of which the answers under one attack are given, and of which the clean ones are right.
function reportOf(answers: readonly number[]): RobustnessReport {
  const score = (predictions: readonly number[]) => {
    const right = [0, 1].map(
      (c) => labels.filter((label, i) => label === c && predictions[i] === c).length,
    );
    return {...robustnessScore(right, [3, 7], {groups: {}, tail: null}), predictions};
  };
  return {
    ...{examples: 10, numClasses: 2, strict: false, computedOn: ['cpu'], clean: score(labels)},
    attacks: {pgd: score(answers)},
  };
}

const old = {name: 'old', report: reportOf([0, 0, 1, 0, 0, 0, 0, 0, 0, 0])}; // 2 right
const now = {name: 'new', report: reportOf([1, 0, 0, 1, 1, 1, 1, 1, 1, 1])}; // 9 right

const cellsOf = (markup: string) =>
  [...parseHTML(`<html><body>${markup}</body></html>`).document.querySelectorAll('tbody tr')].map(
    (row) => [...row.children].map((cell) => cell.textContent!.replace(/\s+/g, ' ').trim()),
  );

describe('pairedSection', () => {
  it('has the difference, its interval and the p-value of McNemar’s test', () => {
    const right = ({report}: typeof old) =>
      report.attacks['pgd']!.predictions!.map((answer, i) => answer === labels[i]);
    const {interval, pValue} = mcnemarTest(right(old), right(now));
    expect(cellsOf(pairedSection([old, now], labels)!.markup)).toEqual([
      ['clean', '0.0', expect.stringMatching(/^−\d+\.\d to \+\d+\.\d$/), '0', '0', '1'],
      [
        ...[
          'pgd',
          '+70.0',
          `+${(100 * interval[0]).toFixed(1)} to +${(100 * interval[1]).toFixed(1)}`,
        ],
        ...['1', '8', String(Number(pValue.toPrecision(4)))],
      ],
    ]);
  });

  it('turns its sign with the order, and names the models of many', () => {
    const markup = pairedSection([now, old, {...old, name: 'older'}], labels)!.markup;
    expect(cellsOf(markup).map(([inputs, difference]) => [inputs, difference])).toEqual([
      ['old: clean', '0.0'],
      ['old: pgd', '−70.0'],
      ['older: clean', '0.0'],
      ['older: pgd', '−70.0'],
    ]);
  });

  it('is left out of one report, without labels, and where answers are not one for each label', () => {
    expect(pairedSection([old], labels)).toBeNull();
    expect(pairedSection([old, now], undefined)).toBeNull();
    expect(pairedSection([old, now], labels.slice(1))).toBeNull();
  });
});
