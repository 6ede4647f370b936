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
  const SAY_TABLE = "Leave it out, or pass {pgd: ...}, by the attacks' names.";

  it.each<[object, string]>([
    [{epsilons: [1]}, `"epsilons" must be a plain object, found`],
    [{epsilons: [1]}, SAY_TABLE],
    [{details: 'x'}, `"details" must be a plain object, found`],
    [{details: 'x'}, SAY_TABLE],
    [{details: {seed: {}}}, `"details.seed" must be a string or a number, found`],
    [{details: {seed: [1, {}]}}, 'Write it as text.'],
    [{details: {seed: () => 1}}, `"details.seed" must be a string or a number`],
    [{details: {seed: Symbol('x')}}, `"details.seed" must be a string or a number`],
    [{classNames: ['a']}, `"classNames" must have an entry for each of the 3 classes`],
    [{classCounts: [1, 2]}, `"classCounts" must have an entry for each of the 3 classes`],
    [{classCounts: [1, 2, 0]}, `"classCounts`],
    [{classCounts: [1, 2, 1.5]}, `"classCounts`],
    [{examples: {}}, `"examples" must be a list of examples, found`],
    [{examples: [null]}, 'Pass what hardestExamples gives.'],
    [{examples: [{shape: [], clean: []}]}, `"examples" must be a list of examples`],
    [{range: [1, 1]}, `"range" must be [min, max] with min < max, found [1, 1]. Pass [0, 1], say.`],
    [{range: ['0', 1]}, `"range" must be`],
    [{range: [0]}, `"range" must be`],
    [{range: 5}, `"range" must be`],
  ])('says what is wrong with %j', (options, message) => {
    const make = () => reportHtml(sampleReport(), options);
    expect(make).toThrow(/^reportHtml: /);
    expect(make).toThrow(message);
  });

  it('lists details of any plain kind, and a command without them', () => {
    const of = (options: ReportHtmlOptions) => text(reportHtml(sampleReport(), options)).trim();
    const details = {a: true, b: null, c: [1, 'x'], d: undefined, e: 0};
    expect(of({details})).toMatch(/How it was measured\s+a\s*true\s*b\s*null\s*c\s*1, x\s*e\s*0$/);
    expect(of({command: 'run me'})).toMatch(/How it was measured run me$/);
    expect(of({})).not.toContain('How it was measured');
    expect(of({details: {d: undefined}})).not.toContain('How it was measured');
  });

  it('shows answers only with labels and predictions, under the name of each model', () => {
    const headings = (page: string) =>
      [...parsed(page).querySelectorAll('h2')].map((heading) => heading.textContent);
    const answers = (reports: Parameters<typeof reportHtml>[0], options: ReportHtmlOptions = {}) =>
      headings(reportHtml(reports, options)).filter((heading) => heading?.startsWith('Answers'));
    const [a, b] = [sampleReport(), sampleReport({attacks: {}})];
    expect(answers({a, b}, {labels: sampleLabels})).toEqual(['Answers under strong: a']);
    expect(answers({a, c: a}, {labels: sampleLabels})).toEqual([
      ...['Answers under strong: a', 'Answers under strong: c'],
    ]);
    expect(answers(a)).toEqual([]);
    const {weak} = a.attacks;
    expect(answers({...a, attacks: {weak: weak!}}, {labels: sampleLabels})).toEqual([]);
  });

  it('has its title, and the pixels of examples from 0 to 1 unless told', () => {
    const page = reportHtml(sampleReport(), {examples});
    expect(parsed(page).title).toBe('Robustness report');
    expect(page.startsWith('<!doctype html>')).toBe(true);
    const imagesOf = (given: string) => given.match(/data:image\/png[^"]*/g);
    expect(imagesOf(page)).toEqual(imagesOf(reportHtml(sampleReport(), {examples, range: [0, 1]})));
    expect(imagesOf(page)).not.toEqual(
      imagesOf(reportHtml(sampleReport(), {examples, range: [0, 2]})),
    );
    expect(() => reportHtml('x' as never)).toThrow(/^reportHtml: "reports" must be/);
    expect(() => reportHtml(sampleReport(), {epsilons: {weak: 0, strong: NaN}})).toThrow(
      /^reportHtml: "epsilons.strong" must be/,
    );
  });
});
