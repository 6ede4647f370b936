import {describe, expect, it} from 'vitest';

import {robustnessScore} from '../../src/metrics/robustnessReport';
import {reportTable} from '../../src/report/reportTable';
import {sampleReport} from '../support/reports';

describe('reportTable', () => {
  it('has every score, then every class', () => {
    expect(reportTable(sampleReport(), {classNames: ['ant', 'bee', 'cow']})).toBe(
      [
        'inputs  accuracy   95 % interval  balanced   worst                     tail',
        '──────  ────────  ──────────────  ────────  ──────  ───────────────────────',
        'clean     85.0 %  73.9 to 91.9 %    86.7 %  80.0 %  80.0 % (62.7 to 90.5 %)',
        'weak      56.7 %  44.1 to 68.4 %    63.3 %  40.0 %  40.0 % (24.6 to 57.7 %)',
        'strong    35.0 %  24.2 to 47.6 %    40.0 %  20.0 %   20.0 % (9.5 to 37.3 %)',
        '',
        'class    examples   clean    weak  strong',
        '───────  ────────  ──────  ──────  ──────',
        '0 (ant)        10  90.0 %  80.0 %  50.0 %',
        '1 (bee)        20  90.0 %  70.0 %  50.0 %',
        '2 (cow)        30  80.0 %  40.0 %  20.0 %',
      ].join('\n'),
    );
  });

  it('compares several, class by class under the worst attack', () => {
    const text = reportTable({old: sampleReport(), new: sampleReport()});
    expect(text).toMatch(/^model {2}inputs/);
    expect(/^old .* 85\.0 %/m.exec(text)).not.toBeNull();
    expect(text).toMatch(/class\s+examples\s+old: strong\s+new: strong/);
  });

  it('writes Markdown, of single scores if told to', () => {
    const text = reportTable(sampleReport(), {format: 'markdown', perClass: false});
    expect(text.split('\n')).toHaveLength(5);
    expect(text).toContain('| weak | 56.7 % | 44.1 to 68.4 % |');
  });

  it.each([
    [{format: 'html'}, 'format'],
    [{perclass: true}, 'perclass'],
  ])('refuses %j', (options, argument) => {
    expect(() => reportTable(sampleReport(), options as object)).toThrow(`"${argument}" must`);
  });
  it('has a column for the model, also where only one is named', () => {
    const {attacks, ...report} = sampleReport();
    const weak = {...report, attacks: {weak: attacks['weak']!}};
    expect(reportTable({old: weak}, {perClass: false})).toBe(
      [
        'model  inputs  accuracy   95 % interval  balanced   worst                     tail',
        '─────  ──────  ────────  ──────────────  ────────  ──────  ───────────────────────',
        'old    clean     85.0 %  73.9 to 91.9 %    86.7 %  80.0 %  80.0 % (62.7 to 90.5 %)',
        'old    weak      56.7 %  44.1 to 68.4 %    63.3 %  40.0 %  40.0 % (24.6 to 57.7 %)',
      ].join('\n'),
    );
    const [, classes = ''] = reportTable({old: weak, new: sampleReport()}).split('\n\n');
    expect(classes.split('\n')).toEqual([
      'class  examples  old: weak  new: strong',
      '─────  ────────  ─────────  ───────────',
      '0            10     80.0 %       50.0 %',
      '1            20     70.0 %       50.0 %',
      '2            30     40.0 %       20.0 %',
    ]);
  });

  it('has a dash where there is no tail, and no examples of a class', () => {
    const score = {...robustnessScore([9, 0], [10, 0], {groups: {}, tail: null})};
    const report = sampleReport({numClasses: 2, clean: score, attacks: {}});
    const [summary = '', classes] = reportTable(report).split('\n\n');
    expect(summary.split('\n')[2]).toMatch(/ -$/);
    expect(classes).toMatch(/^0 +10 +90\.0 %\n1 +0 +-$/m);
  });

  it('aligns Markdown as text', () => {
    const [head, rule] = reportTable({a: sampleReport()}, {format: 'markdown'}).split('\n');
    expect(head).toBe('| model | inputs | accuracy | 95 % interval | balanced | worst | tail |');
    expect(rule).toBe('| --- | --- | ---: | ---: | ---: | ---: | ---: |');
    const classes = reportTable(sampleReport(), {format: 'markdown'}).split('\n\n')[1]?.split('\n');
    expect(classes?.slice(0, 2)).toEqual([
      '| class | examples | clean | weak | strong |',
      '| --- | ---: | ---: | ---: | ---: |',
    ]);
  });

  it('names what is wrong', () => {
    const of = (reports: unknown, options: object) => () => reportTable(reports as never, options);
    expect(of(sampleReport(), {format: 'html'})).toThrow(
      /^reportTable: "format" must be one of .*text.*markdown.* found/,
    );
    expect(of(sampleReport(), {classNames: ['a']})).toThrow(
      /^reportTable: "classNames" must have an entry for each of the 3 classes/,
    );
    expect(of('x', {})).toThrow(/^reportTable: "reports" must be/);
  });
});
