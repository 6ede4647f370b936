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
  const words = (node: {textContent: string | null} | null | undefined) =>
    node?.textContent?.replace(/\s+/g, ' ').trim();

  it('says in what order the classes are, and what the columns are', () => {
    const plain = parsed(classPlot(series).markup);
    expect(words(plain.querySelector('caption'))).toBe(
      'Accuracy of each class; lines are 95 % intervals.',
    );
    expect(words(document.querySelector('caption'))).toBe(
      'Accuracy of each class, the most frequent class in training first; lines are 95 % intervals.',
    );
    const titles = (page: typeof plain) =>
      [...page.querySelectorAll('thead th')].map((cell) => words(cell));
    expect(titles(plain)).toEqual(['class', '0 %50100 %', 'clean', 'weak', 'strong']);
    expect(titles(document)).toEqual([
      ...['class', 'trained on', '0 %50100 %', 'clean', 'weak', 'strong'],
    ]);
    expect([...plain.querySelectorAll('tbody th')].map((cell) => words(cell))).toEqual([
      '0',
      '1',
      '2',
    ]);
    const [row] = plain.querySelectorAll('tbody tr');
    expect([...row!.querySelectorAll('td')].map((cell) => words(cell))).toEqual([
      ...['', '90.0 %', '80.0 %', '50.0 %'],
    ]);
  });

  it('keeps classes with equally many examples in their order', () => {
    const tied = parsed(classPlot(series, undefined, [5, 9, 5]).markup);
    expect([...tied.querySelectorAll('tbody th')].map((cell) => words(cell))).toEqual([
      '1',
      '0',
      '2',
    ]);
  });

  it('has lines at the quarters, and a row of each series below the other', () => {
    const svg = rows[0]!.querySelector('svg')!;
    expect([...svg.querySelectorAll('line.grid')].map((line) => line.getAttribute('x1'))).toEqual([
      ...['0%', '25%', '50%', '75%', '100%'],
    ]);
    for (const line of svg.querySelectorAll('line.grid')) {
      expect(line.getAttribute('x2')).toBe(line.getAttribute('x1'));
    }
    expect(svg.getAttribute('height')).toBe('28');
    const dots = [...svg.querySelectorAll('svg')];
    expect(dots.map((dot) => dot.getAttribute('y'))).toEqual(['8', '14', '20']);
    expect(dots.map((dot) => dot.getAttribute('class'))).toEqual(['s0', 's1', 's2']);
    const one = parsed(classPlot(series.slice(0, 1)).markup).querySelector('td svg')!;
    expect(one.getAttribute('height')).toBe('16');
  });

  it('has all columns of three series, and of four the first and the worst of the others', () => {
    const named = ['a', 'b', 'c', 'd'].map((name, i) => ({
      ...{name, score: series[[0, 1, 2, 1][i]!]!.score},
    }));
    const columns = (given: typeof named) =>
      [...parsed(classPlot(given).markup).querySelectorAll('thead th')]
        .slice(2)
        .map((cell) => words(cell));
    expect(columns(named.slice(0, 3))).toEqual(['a', 'b', 'c']);
    expect(columns(named)).toEqual(['a', 'c']);
    expect(columns([named[2]!, named[0]!, named[1]!, named[3]!])).toEqual(['c', 'b']);
  });

  it('is empty where there is no series', () => {
    const none = parsed(classPlot([]).markup);
    expect(none.querySelectorAll('tbody tr')).toHaveLength(0);
  });
});
