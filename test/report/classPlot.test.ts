import {parseHTML} from 'linkedom';
import {describe, expect, it} from 'vitest';

import {classPlot} from '../../src/report/classPlot';
import {seriesOf} from '../../src/report/reportSeries';
import {sampleReport} from '../support/reports';

const series = seriesOf([{name: '', report: sampleReport()}]);
const parsed = (markup: string) => parseHTML(`<html><body>${markup}</body></html>`).document;

describe('classPlot', () => {
  const document = parsed(classPlot(series, ['ant', 'bee', 'cow'], [5, 700, 40]).markup);
  const rows = [...document.querySelectorAll('tbody tr')];

  it('has the classes in the order of their training examples, with the numbers', () => {
    expect(rows.map((row) => row.querySelector('th')!.textContent)).toEqual([
      '1 (bee)',
      '2 (cow)',
      '0 (ant)',
    ]);
    const cells = [...rows[0]!.querySelectorAll('td')].map((cell) => cell.textContent!.trim());
    expect(cells).toEqual(['700', '', '90.0 %', '70.0 %', '50.0 %']);
    expect(rows.map((row) => row.className)).toEqual(['', 'tail', '']);
  });

  it('has a dot where the accuracy is, and a line over the interval', () => {
    const dots = [...rows[0]!.querySelectorAll('svg svg')].map((dot) => dot.getAttribute('x'));
    expect(dots).toEqual(['90%', '70%', '50%']);
    const {interval} = series[0]!.score.perClass[1]!;
    const line = [...rows[0]!.querySelectorAll('line.s0')][0]!;
    expect(parseFloat(line.getAttribute('x1')!)).toBeCloseTo(100 * interval![0], 1);
    expect(parseFloat(line.getAttribute('x2')!)).toBeCloseTo(100 * interval![1], 1);
  });

  it('has columns for the first and the worst of many series', () => {
    const many = [...series, ...series.slice(1)];
    const head = [...parsed(classPlot(many).markup).querySelectorAll('thead th')];
    expect(head.map((cell) => cell.textContent!.trim()).slice(2)).toEqual(['clean', 'strong']);
  });

  it('leaves out classes without examples', () => {
    const score = {
      ...series[0]!.score,
      perClass: [{class: 0, correct: 0, total: 0, accuracy: null, interval: null}],
    };
    const empty = parsed(classPlot([{name: 'x', score}]).markup);
    expect(empty.querySelectorAll('tbody svg svg')).toHaveLength(0);
    expect(empty.querySelector('tbody td:last-child')!.textContent).toBe('-');
  });
});
