import {describe, expect, it} from 'vitest';

import {comparisonPage, pageOf} from '../../src/cli/page';
import {reportFile} from '../../src/cli/reportFile';
import {sampleLabels, sampleReport} from '../support/reports';

const file = reportFile({
  ...{report: sampleReport(), examples: sampleLabels.map((_, i) => i), labels: sampleLabels},
  attacks: {
    weak: {attack: 'pgd', norm: 'linf', epsilon: 2 / 255},
    strong: {attack: 'pgd', norm: 'linf', epsilon: 8 / 255},
  },
  classNames: ['ant', 'bee', 'cow'],
  run: {
    command: 'lt-robust <x>',
    model: 'm.json',
    data: 'd',
    seed: 4,
    backend: 'cpu',
    elapsedMs: 5000,
    versions: {node: 'v20'},
  },
});

describe('pages', () => {
  it('have the curve, the answers and how it was measured', () => {
    const page = pageOf(file);
    for (const text of [
      'Robustness of m.json',
      'Robust accuracy against epsilon',
      'Answers under strong',
      '0 (ant)',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('lt-robust &lt;x&gt;');
  });

  it('have no curve of different attacks', () => {
    const attacks = {
      ...file.attacks,
      weak: {attack: 'fgsm', norm: 'linf', epsilon: 2 / 255} as const,
    };
    expect(pageOf({...file, attacks})).not.toContain('Robust accuracy against epsilon');
  });

  it('set two beside each other', () => {
    const page = comparisonPage({old: file, new: file}, 'lt-robust compare');
    expect(page).toContain('Comparison of old and new');
    expect(page).toContain('new: strong');
  });

  /** The words of a page. */
  const wordsOf = (page: string) =>
    page
      .replace(/<style[^]*?<\/style>/g, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');

  it('say what was measured, on what, and with what', () => {
    const words = wordsOf(pageOf({...file, classCounts: [30, 20, 10]}));
    expect(words).toContain('60 examples of d.');
    expect(words).toContain(
      'How it was measured lt-robust &lt;x&gt; seed 4 backend cpu seconds 5 node v20',
    );
    expect(words).toMatch(/Robust accuracy against epsilon .* 2\/255 56.7 % .* 8\/255 35.0 %/);
    expect(words).toMatch(/trained on .* 0 \(ant\) 30 .* 2 \(cow\) 10/);
    expect(wordsOf(pageOf({...file, run: {...file.run, elapsedMs: 1600}}))).toContain('seconds 2');
  });

  it('count answers beside each other only where the labels are the same', () => {
    const other = {...file, classCounts: [30, 20, 10]};
    const words = wordsOf(comparisonPage({old: other, new: other}, 'lt-robust compare'));
    expect(words).toContain('Answers under strong: old');
    expect(words).toMatch(/trained on .* 0 \(ant\) 30/);
    expect(words).toContain(
      'How it was measured lt-robust compare old lt-robust &lt;x&gt; new lt-robust &lt;x&gt;',
    );
    const labels = [...sampleLabels].reverse();
    const apart = wordsOf(comparisonPage({old: file, new: {...file, labels}}, 'lt-robust compare'));
    expect(apart).toContain('All scores');
    expect(apart).not.toContain('Answers under strong');
  });
});
