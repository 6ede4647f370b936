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
});
