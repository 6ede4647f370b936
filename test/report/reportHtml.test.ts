import {fc, it} from '@fast-check/vitest';
import {parseHTML} from 'linkedom';
import {describe, expect} from 'vitest';

import {reportHtml, type ReportHtmlOptions} from '../../src/report/reportHtml';
import {sampleLabels, sampleReport} from '../support/reports';

const examples = [
  {
    ...{example: 7, label: 1, cleanAnswer: 1, answer: 0, shape: [1, 2, 1]},
    ...{clean: [0.5, 0.25], adversarial: [0.5, 0.375]},
  },
];
const full: ReportHtmlOptions = {
  ...{
    title: 'Ants',
    summary: 'Of insects.',
    classNames: ['ant', 'bee', 'cow'],
    classCounts: [9, 5, 1],
  },
  ...{epsilons: {weak: 2 / 255, strong: 8 / 255}, labels: sampleLabels, examples},
  ...{
    command: 'npx lt-robust evaluate',
    details: {seed: 1, versions: ['a 1', 'b 2'], none: undefined},
  },
};
const parsed = (page: string) => parseHTML(page).document;
const text = (page: string) =>
  parsed(page).querySelector('main')!.textContent!.replace(/\s+/g, ' ');

describe('reportHtml', () => {
  it('has every section that it has figures for', () => {
    const headings = [...parsed(reportHtml(sampleReport(), full)).querySelectorAll('h1, h2')];
    expect(headings.map((heading) => heading.textContent)).toEqual([
      ...['Ants', 'Warnings', 'Class by class', 'Robust accuracy against epsilon'],
      ...['Answers under strong', 'Examples that the attack breaks', 'All scores', 'Cost'],
      'How it was measured',
    ]);
    expect(text(reportHtml(sampleReport(), full))).toMatch(
      /evaluate\s+seed\s*1\s*versions\s*a 1, b 2/,
    );
  });

  it('leaves out the others', () => {
    const headings = [
      ...parsed(reportHtml(sampleReport({attacks: {}}))).querySelectorAll('h1, h2'),
    ];
    expect(headings.map((heading) => heading.textContent)).toEqual([
      ...['Robustness report', 'Class by class', 'All scores'],
    ]);
  });

  it('stands alone: no script, and nothing from elsewhere', () => {
    const page = reportHtml({old: sampleReport(), new: sampleReport()}, full);
    const document = parsed(page);
    expect(document.querySelectorAll('script, link, iframe, object, a[href]')).toHaveLength(0);
    for (const node of document.querySelectorAll('[src], [href]')) {
      expect(node.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    }
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:|\son\w+=/);
  });

  it('can be heard and reached by keyboard', () => {
    const document = parsed(reportHtml(sampleReport(), full));
    expect(document.documentElement.getAttribute('lang')).toBe('en');
    for (const svg of document.querySelectorAll('figure > svg, td > svg')) {
      expect(svg.getAttribute('aria-hidden')).toBe('true'); // its numbers are in the table
    }
    for (const region of document.querySelectorAll('.scroll')) {
      expect(region.getAttribute('tabindex')).toBe('0');
      expect(region.getAttribute('aria-label')).not.toBe('');
      for (const cell of region.querySelectorAll('th'))
        expect(cell.getAttribute('scope')).toMatch(/^(row|col)$/);
    }
    for (const image of document.querySelectorAll('img'))
      expect(image.getAttribute('alt')).not.toBe('');
  });

  const nasty = fc.oneof(
    fc.string({unit: 'grapheme', minLength: 1}),
    fc.constantFrom(
      ...['<script>alert(1)</script>', '"><svg onload=alert(1)>', "'><b>", '</style><script>'],
      ...['</title><i>', '-->', '<!--', ']]>', '&amp;', '`${x}`'],
    ),
  );
  const plain = parsed(reportHtml({xx: sampleReport()}, full)).querySelectorAll('*').length;

  it.prop([fc.array(nasty, {minLength: 8, maxLength: 8})])(
    'takes whatever is handed over as text',
    ([
      title = '',
      summary = '',
      name = '',
      attack = '',
      command = '',
      detail = '',
      message = '',
      model = '',
    ]) => {
      const sample = sampleReport();
      const strong = sample.attacks['strong']!;
      const warnings = [{code: 'x', message, advice: message}];
      // A name of its own: two attacks of one name would be one.
      const attacks = {weak: sample.attacks['weak']!, [`strong${attack}`]: {...strong, warnings}};
      const page = reportHtml(
        {[`m${model}`]: {...sample, attacks}},
        {
          ...full,
          ...{title, summary, classNames: [name, name, name], command},
          epsilons: {weak: 2 / 255, [`strong${attack}`]: 8 / 255},
          details: {[`d${detail}`]: detail, versions: [detail]},
        },
      );
      const document = parsed(page);
      expect(document.querySelectorAll('*')).toHaveLength(plain);
      expect(document.querySelector('h1')!.textContent).toBe(title);
      const code = document.querySelector('code')!.textContent;
      expect(code).toBe(command);
      expect(document.querySelector('tbody th')!.textContent).toBe(
        name === '0' ? '0' : `0 (${name})`,
      );
    },
  );

  it.each([
    [{epsilons: {weak: -1}}, 'epsilons.weak'],
    [{titel: 'x'}, 'titel'],
    [{labels: [0, 1]}, 'predictions'],
  ])('refuses %j', (options, argument) => {
    expect(() => reportHtml(sampleReport(), options as object)).toThrow(
      `reportHtml: "${argument}" must`,
    );
  });
});
