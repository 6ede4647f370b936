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
  const words = (node: {textContent: string | null}) =>
    node.textContent!.replace(/\s+/g, ' ').trim();

  it('is a matrix of up to twelve classes, with their names', () => {
    const of = (numClasses: number, classNames?: string[]) =>
      parsed(
        confusionSection('f', 'Answers', [0, 1, 1], [0, 0, 1], {numClasses, classNames}).markup,
      );
    const twelve = of(12);
    expect(twelve.querySelectorAll('tbody tr')).toHaveLength(12);
    expect(words(twelve.querySelector('caption')!)).toBe(
      'Rows: the class. Columns: what the model answers.',
    );
    // A class without examples has no shares that are no numbers.
    const last = [...twelve.querySelectorAll('tbody tr:last-child td')];
    for (const cell of last) expect(cell.getAttribute('style')).toBe('--share:0.000');
    expect(of(13).querySelectorAll('tbody tr')).toHaveLength(1);
    expect(words(of(13).querySelector('caption')!)).toBe(
      'The most frequent mistakes; the share is of the examples of the class.',
    );
    const named = of(2, ['ant', 'bee']);
    expect([...named.querySelectorAll('thead th')].map(words)).toEqual(['ant', 'bee']);
    expect([...named.querySelectorAll('tbody th')].map(words)).toEqual(['0 (ant)', '1 (bee)']);
    expect([...of(2).querySelectorAll('thead th')].map(words)).toEqual(['0', '1']);
    expect(words(named.querySelector('h2')!)).toBe('Answers');
  });

  it('lists the fifteen most frequent mistakes, the most frequent first', () => {
    // Class c is taken for 19 in c examples, and one more is right.
    const labels = Array.from({length: 19}, (_, c) => new Array<number>(c + 1).fill(c)).flat();
    const answers = labels.map((label, i) => (labels[i - 1] === label ? 19 : label));
    const document = parsed(
      confusionSection('f', 'Answers', answers, labels, {numClasses: 20}).markup,
    );
    const rows = [...document.querySelectorAll('tbody tr')].map(words);
    expect(rows).toHaveLength(15);
    expect(rows[0]).toBe('18 19 18 94.7 %');
    expect(rows[14]).toBe('4 19 4 80.0 %');
    expect([...document.querySelectorAll('thead th')].map(words)).toEqual([
      ...['class', 'answer', 'examples', 'share'],
    ]);
  });

  it('can be heard', () => {
    const labelOf = (numClasses: number) =>
      parsed(confusionSection('f', 'x', [0], [0], {numClasses}).markup)
        .querySelector('.scroll')!
        .getAttribute('aria-label');
    expect([labelOf(2), labelOf(20)]).toEqual(['Answers under attack', 'Most frequent mistakes']);
  });
});
