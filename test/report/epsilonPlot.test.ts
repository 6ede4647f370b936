import {parseHTML} from 'linkedom';
import {describe, expect, it} from 'vitest';

import {epsilonPlot} from '../../src/report/epsilonPlot';
import {sampleReport} from '../support/reports';

const reports = [{name: 'a', report: sampleReport()}];

describe('epsilonPlot', () => {
  it('has a point for clean inputs and for each epsilon, and the numbers', () => {
    const plot = epsilonPlot(reports, {strong: 8 / 255, weak: 2 / 255})!;
    const {document} = parseHTML(`<html><body>${plot.markup}</body></html>`);
    const marks = [...document.querySelectorAll('figure svg svg')];
    expect(marks.map((mark) => mark.getAttribute('x'))).toEqual(['0%', '25%', '100%']);
    expect(marks.map((mark) => Number(mark.getAttribute('y')))).toEqual([33, 95.3, 143]);
    const rows = [...document.querySelectorAll('tbody tr')].map((row) =>
      row.textContent!.replace(/\s+/g, ' ').trim(),
    );
    expect(rows[1]).toBe('2/255 56.7 % 44.1 to 68.4 %');
  });

  it('names what has a name, and else says what the curve is', () => {
    const names = (...given: string[]) => {
      const named = given.map((name) => ({name, report: sampleReport()}));
      const plot = epsilonPlot(named, {strong: 8 / 255, weak: 2 / 255});
      const {document} = parseHTML(`<html><body>${plot?.markup}</body></html>`);
      return document.body.textContent;
    };
    expect(names('before', 'after')).toMatch(/before\s+after/);
    expect(names('before', 'after')).not.toMatch(/robust accuracy\s/);
    const [unnamed, named] = [names(''), names('before')];
    expect(unnamed.replaceAll('robust accuracy', 'before')).toBe(named);
  });

  it('is none of fewer than two epsilons', () => {
    expect(epsilonPlot(reports, {})).toBeNull();
    expect(epsilonPlot(reports, {strong: 8 / 255})).toBeNull();
    expect(epsilonPlot(reports, {strong: 0, weak: 0})).toBeNull();
  });
  const documentOf = (...given: Parameters<typeof epsilonPlot>) =>
    parseHTML(`<html><body>${epsilonPlot(...given)!.markup}</body></html>`).document;
  const words = (node: {textContent: string | null}) =>
    node.textContent!.replace(/\s+/g, ' ').trim();

  it('has its axes: shares from the bottom, and each epsilon where it is', () => {
    const document = documentOf(reports, {strong: 8 / 255, weak: 2 / 255});
    const svg = document.querySelector('figure svg')!;
    expect(svg.getAttribute('height')).toBe('244');
    const texts = [...svg.querySelectorAll('text')].map((text) => [
      ...[words(text), text.getAttribute('x'), Number(text.getAttribute('y'))],
    ]);
    expect(texts).toEqual([
      ['0 %', '-8', 224],
      ['25 %', '-8', 169],
      ['50 %', '-8', 114],
      ['75 %', '-8', 59],
      ['100 %', '-8', 4],
      ['0', '0%', 238],
      ['2/255', '25%', 238],
      ['8/255', '100%', 238],
    ]);
    const grid = [...svg.querySelectorAll('line.grid')].map((line) => [
      ...[line.getAttribute('y1'), line.getAttribute('y2')],
    ]);
    expect(grid).toEqual([220, 165, 110, 55, 0].map((y) => [String(y), String(y)]));
  });

  it('joins the points, with the interval at each', () => {
    const document = documentOf(reports, {strong: 8 / 255, weak: 2 / 255});
    const lines = [...document.querySelectorAll('figure g line')].map((line) =>
      ['x1', 'y1', 'x2', 'y2'].map((name) => line.getAttribute(name)),
    );
    expect(lines.slice(0, 2)).toEqual([
      ['0%', '33', '25%', '95.3'],
      ['25%', '95.3', '100%', '143'],
    ]);
    const {clean, attacks} = sampleReport();
    const scores = [clean, attacks['weak']!, attacks['strong']!];
    const y = (share: number) => String(Number((220 * (1 - share)).toFixed(1)));
    expect(lines.slice(2)).toEqual(
      ['0%', '25%', '100%'].map((x, i) => [
        ...[x, y(scores[i]!.interval![0]), x, y(scores[i]!.interval![1])],
      ]),
    );
  });

  it('has a dash in the table where a model was not attacked so', () => {
    const {attacks} = sampleReport();
    const other = sampleReport({attacks: {weak: attacks['weak']!}});
    const named = [...reports, {name: 'b', report: other}];
    const document = documentOf(named, {strong: 8 / 255, weak: 2 / 255});
    const rows = [...document.querySelectorAll('tbody tr')].map(words);
    expect(rows).toEqual([
      '0 85.0 % 73.9 to 91.9 % 85.0 % 73.9 to 91.9 %',
      '2/255 56.7 % 44.1 to 68.4 % 56.7 % 44.1 to 68.4 %',
      '8/255 35.0 % 24.2 to 47.6 % - -',
    ]);
    expect([...document.querySelectorAll('thead th')].map(words)).toEqual(['epsilon', 'a', 'b']);
    const curves = [...document.querySelectorAll('figure g')];
    expect(curves.map((curve) => curve.getAttribute('class'))).toEqual(['s0', 's1']);
  });

  it('takes no epsilon from what every object has', () => {
    const {attacks} = sampleReport();
    const odd = {
      name: 'a',
      report: sampleReport({attacks: {toString: attacks['weak']!, ...attacks}}),
    };
    const document = documentOf([odd], {strong: 8 / 255, weak: 2 / 255});
    expect(document.querySelectorAll('tbody tr')).toHaveLength(3);
  });
});
