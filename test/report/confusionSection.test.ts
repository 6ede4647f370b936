import {parseHTML} from 'linkedom';
import {describe, expect, it} from 'vitest';

import {confusionSection} from '../../src/report/confusionSection';

const parsed = (markup: string) => parseHTML(`<html><body>${markup}</body></html>`).document;

describe('confusionSection', () => {
  it('is a matrix of few classes', () => {
    const document = parsed(
      confusionSection('f', 'Answers', [0, 1, 1, -1], [0, 0, 1, 1], {
        numClasses: 2,
        classNames: ['a', 'b'],
      }).markup,
    );
    const cells = [...document.querySelectorAll('tbody td')];
    expect(cells.map((cell) => cell.textContent!.trim())).toEqual(['1', '1', '', '1']); // a NaN is left out
    expect(cells.map((cell) => cell.className)).toEqual(['right', '', '', 'right']);
    expect(cells[1]!.getAttribute('style')).toBe('--share:0.500');
  });

  it('is a list of the most frequent mistakes of many classes', () => {
    const labels = [...new Array<number>(5).fill(3), ...new Array<number>(4).fill(7)];
    const answers = [4, 4, 4, 3, 5, 7, 7, 7, 9];
    const document = parsed(
      confusionSection('f', 'Answers', answers, labels, {numClasses: 20}).markup,
    );
    const rows = [...document.querySelectorAll('tbody tr')].map((row) =>
      row.textContent!.replace(/\s+/g, ' ').trim(),
    );
    expect(rows[0]).toBe('3 4 3 60.0 %');
    expect(rows).toHaveLength(3);
  });

  it('refuses labels that do not belong to the predictions', () => {
    expect(() => confusionSection('f', 'x', [0, 5], [0, 1], {numClasses: 2})).toThrow(
      'f: "predictions" must',
    );
  });
});
