import {describe, expect, it} from 'vitest';

import {checkByClass, namedReports} from '../../src/report/reportInput';
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
  const message = (reports: unknown) => {
    try {
      namedReports('f', reports as never);
    } catch (error) {
      return String(error);
    }
    return 'none';
  };

  it.each(['clean', 'attacks', 'numClasses'] as const)('knows a report by its %s', (part) => {
    const rest = Object.fromEntries(
      Object.entries(sampleReport()).filter(([name]) => name !== part),
    );
    expect(message({a: sampleReport(), b: rest})).toMatch(
      /^InvalidArgumentError: f: "reports.b" must be what evaluateRobustness returned, or several of these by name, found /,
    );
    expect(message({a: {...sampleReport(), numClasses: '3'}})).toContain(
      '"reports.a" must be what',
    );
  });

  it('says what to pass, and which report has other classes', () => {
    expect(message('report')).toBe(
      'InvalidArgumentError: f: "reports" must be what evaluateRobustness returned, or several of ' +
        "these by name, found 'report'. Pass the report, or {before: report, after: other}.",
    );
    for (const none of [{}, [], [sampleReport()], undefined]) {
      expect(message(none)).toContain('f: "reports" must be what evaluateRobustness returned');
    }
    const other = sampleReport({numClasses: 4});
    expect(message({a: sampleReport(), b: sampleReport(), c: other})).toBe(
      'InvalidArgumentError: f: "reports.c" must have the 3 classes of the first report, found 4. ' +
        'Compare models of one task.',
    );
  });
});

describe('checkByClass', () => {
  const check = (list: ArrayLike<unknown> | undefined) => () => {
    checkByClass('f', 'classNames', list, [{name: '', report: sampleReport()}]);
  };

  it('wants an entry for each class, or no list at all', () => {
    for (const list of [undefined, ['a', 'b', 'c'], Int32Array.of(1, 2, 3)]) {
      expect(check(list)).not.toThrow();
    }
    for (const list of [[], ['a', 'b'], ['a', 'b', 'c', 'd']]) {
      expect(check(list)).toThrow(
        /^f: "classNames" must have an entry for each of the 3 classes, found/,
      );
      expect(check(list)).toThrow('Add those that are missing, or leave the option out.');
    }
  });
});
