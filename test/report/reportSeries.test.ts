import {describe, expect, it} from 'vitest';

import {scoresOf, seriesOf, worstAttack} from '../../src/report/reportSeries';
import {sampleReport} from '../support/reports';

const named = (name: string, report = sampleReport()) => ({name, report});

describe('series', () => {
  it('are clean inputs and every attack of one report', () => {
    expect(scoresOf(named('a')).map(([name]) => name)).toEqual(['clean', 'weak', 'strong']);
    expect(seriesOf([named('')]).map(({name}) => name)).toEqual(['clean', 'weak', 'strong']);
  });

  it('are the worst attack of each of several', () => {
    expect(worstAttack(named('a'))?.name).toBe('strong');
    const clean = sampleReport({attacks: {}});
    expect(worstAttack(named('b', clean))).toBeUndefined();
    expect(seriesOf([named('a'), named('b', clean)]).map(({name}) => name)).toEqual([
      'a: strong',
      'b: clean',
    ]);
  });
  it('have no worst attack but the least accurate, and the first of equals', () => {
    const {attacks} = sampleReport();
    const turned = {strong: attacks['strong']!, weak: attacks['weak']!};
    expect(worstAttack(named('a', sampleReport({attacks: turned})))?.name).toBe('strong');
    const equal = {one: attacks['weak']!, two: attacks['weak']!};
    expect(worstAttack(named('a', sampleReport({attacks: equal})))?.name).toBe('one');
    expect(worstAttack(named('a'))?.score).toEqual(attacks['strong']);
    expect(seriesOf([])).toEqual([]);
    expect(seriesOf([named('a')])[0]?.score).toEqual(sampleReport().clean);
  });
});
