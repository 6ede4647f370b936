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
});
