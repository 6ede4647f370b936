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
  const headOf = (markup: string) => {
    const {document} = parseHTML(`<html><body>${markup}</body></html>`);
    const cells = [...document.querySelectorAll('thead th')].map((cell) => cell.textContent);
    const region = document.querySelector('.scroll')?.getAttribute('aria-label');
    return [document.querySelector('h2')?.textContent, region, cells];
  };

  it('says which model is right where the other is not', () => {
    const title = 'Difference to old';
    const shared = ['inputs', 'difference', '95 % interval', 'only old right'];
    expect(headOf(pairedSection([old, now], labels)!.markup)).toEqual([
      ...[title, title, [...shared, 'only new right', 'p']],
    ]);
    expect(headOf(pairedSection([old, now, {...now, name: 'newer'}], labels)!.markup)).toEqual([
      ...[title, title, [...shared, 'only the other right', 'p']],
    ]);
  });

  it('compares what both have, and leaves out what has no answers', () => {
    const {pgd} = now.report.attacks;
    const other = {name: 'new', report: {...now.report, attacks: {fgsm: pgd!, pgd: pgd!}}};
    const inputs = (...reports: (typeof old)[]) =>
      cellsOf(pairedSection(reports, labels)!.markup).map(([name]) => name);
    expect(inputs(old, other)).toEqual(['clean', 'pgd']);
    expect(inputs(other, old)).toEqual(['clean', 'pgd']);
    const silent = robustnessScore([3, 6], [3, 7], {groups: {}, tail: null});
    expect(inputs(old, {name: 'new', report: {...now.report, attacks: {pgd: silent}}})).toEqual([
      'clean',
    ]);
  });

  it('writes a p below a ten-thousandth as that, and others in four digits', () => {
    const many = Array.from({length: 40}, () => 0);
    const report = (answer: number): RobustnessReport => {
      const predictions = many.map(() => answer);
      const right = answer === 0 ? 40 : 0;
      const score = robustnessScore([right, 0], [40, 0], {groups: {}, tail: null});
      return {...old.report, examples: 40, clean: {...score, predictions}, attacks: {}};
    };
    const markup = pairedSection(
      [
        {name: 'a', report: report(0)},
        {name: 'b', report: report(1)},
      ],
      many,
    )!.markup;
    expect(cellsOf(markup)[0]?.at(-1)).toBe('< 0.0001');
    expect(cellsOf(markup)[0]?.[1]).toBe('−100.0');
  });
});
