import {describe, expect, it} from 'vitest';

import {costSection, headline, scoreTable, warningSection} from '../../src/report/reportSections';
import {sampleReport} from '../support/reports';

const one = [{name: '', report: sampleReport()}];
const two = ['old', 'new'].map((name) => ({name, report: sampleReport()}));
const clean = [{name: '', report: sampleReport({attacks: {}})}];
const words = (markup: string | undefined) =>
  markup
    ?.replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

describe('the sections of a report', () => {
  it('begin with clean accuracy, the worst attack and its tail', () => {
    expect(words(headline(one).markup)).toBe(
      'clean accuracy 85.0 % 73.9 to 91.9 %; 51 of 60 robust accuracy, strong 35.0 % 24.2 to 47.6 %; ' +
        '21 of 60 tail, strong 20.0 % 9.5 to 37.3 %; classes 2 Ranges are 95 % Wilson intervals.',
    );
    expect(words(headline(two).markup)).toBe(
      'model clean robust tail strongest attack old 85.0 % 73.9 to 91.9 % 35.0 % 24.2 to 47.6 % 20.0 % ' +
        '9.5 to 37.3 % strong new 85.0 % 73.9 to 91.9 % 35.0 % 24.2 to 47.6 % 20.0 % 9.5 to 37.3 % ' +
        'strong Robust and tail: under the strongest attack. Ranges are 95 % Wilson intervals.',
    );
    expect(words(headline(clean).markup)).toContain('tail 80.0 %');
  });

  it('list all scores, groups among them', () => {
    const text = words(scoreTable(one).markup);
    expect(text).toContain('tail head');
    expect(text).toContain('strong 35.0 % 24.2 to 47.6 % 40.0 % 20.0 % 20.0 % 50.0 %');
  });

  it('have warnings with advice, and none without', () => {
    expect(words(warningSection(one)?.markup)).toBe(
      'Warnings strong: Something is odd. Look at it.',
    );
    expect(warningSection(clean)).toBeNull();
  });

  it('have the cost of attacks and of their parts', () => {
    const text = words(costSection(two)?.markup);
    expect(text).toContain('old: strong, after first 200 100 0 43.3 %');
    expect(text).toContain('new: strong 1,234 600 0 35.0 %');
    expect(costSection(clean)).toBeNull();
  });
  const without = sampleReport({attacks: {}});
  const untailed = {...without, clean: {...without.clean, tail: null, groups: {}}};

  it('say nothing of attacks and of a tail where there are none', () => {
    expect(words(headline(clean).markup)).toBe(
      'clean accuracy 85.0 % 73.9 to 91.9 %; 51 of 60 tail 80.0 % 62.7 to 90.5 %; classes 2 ' +
        'Ranges are 95 % Wilson intervals.',
    );
    const bare = [{name: '', report: untailed}];
    expect(words(headline(bare).markup)).toBe(
      'clean accuracy 85.0 % 73.9 to 91.9 %; 51 of 60 Ranges are 95 % Wilson intervals.',
    );
    expect(words(scoreTable(bare).markup)).toBe(
      'All scores inputs accuracy 95 % interval balanced worst class tail ' +
        'clean 85.0 % 73.9 to 91.9 % 86.7 % 80.0 % -',
    );
    const many = [
      {name: 'old', report: untailed},
      {name: 'new', report: without},
    ];
    expect(words(headline(many).markup)).toBe(
      'model clean robust tail strongest attack old 85.0 % 73.9 to 91.9 % - - - ' +
        'new 85.0 % 73.9 to 91.9 % - 80.0 % 62.7 to 90.5 % - ' +
        'Robust and tail: under the strongest attack. Ranges are 95 % Wilson intervals.',
    );
  });

  it('name the model of every row where there are several', () => {
    const text = words(scoreTable(two).markup);
    for (const row of ['old: clean 85.0 %', 'old: weak 56.7 %', 'new: strong 35.0 %']) {
      expect(text).toContain(row);
    }
    expect(words(scoreTable(one).markup)).toContain('head clean 85.0 %');
    expect(words(warningSection(two)?.markup)).toBe(
      'Warnings old: strong: Something is odd. Look at it. new: strong: Something is odd. Look at it.',
    );
  });

  it('have the cost of those attacks alone that know it', () => {
    expect(words(costSection(one)?.markup)).toBe(
      'Cost Passes of single examples through the model. attack forward backward queries accuracy ' +
        'strong, after first 200 100 0 43.3 % strong 1,234 600 0 35.0 %',
    );
    const {attacks} = sampleReport();
    const strong = {...attacks['weak']!, cost: attacks['strong']!.cost!};
    const plain = [{name: '', report: sampleReport({attacks: {strong}})}];
    expect(words(costSection(plain)?.markup)).not.toContain('after');
    const free = [{name: '', report: sampleReport({attacks: {weak: attacks['weak']!}})}];
    expect(costSection(free)).toBeNull();
  });
});
