import {describe, expect, it} from 'vitest';

import {namedReports} from '../../src/report/reportInput';
import {sampleReport} from '../support/reports';

describe('namedReports', () => {
  it('takes one report, or several by name', () => {
    const report = sampleReport();
    expect(namedReports('f', report)).toEqual([{name: '', report}]);
    expect(namedReports('f', {a: report, b: report}).map(({name}) => name)).toEqual(['a', 'b']);
  });

  it.each([
    [{}, 'reports'],
    [null, 'reports'],
    [{a: sampleReport(), b: {}}, 'reports.b'],
    [{a: sampleReport(), b: sampleReport({numClasses: 4})}, 'reports.b'],
  ])('refuses %j', (reports, argument) => {
    expect(() => namedReports('f', reports as never)).toThrow(`f: "${argument}" must`);
  });
});
