import {describe, expect, it} from 'vitest';

import {ensembleReport} from '../../../src/attacks/autoAttack/ensembleReport';
import {ensembleRun} from '../../support/ensembleRuns';

const codes = (report: ReturnType<typeof ensembleReport>) =>
  report.warnings.map(({code}) => code).filter((code) => code !== 'few-examples');

// Ten examples: the last misclassified, the first three broken by Square, the fourth by APGD-CE.
function finished() {
  const run = ensembleRun(10, {}, {wrong: [9]});
  const {state} = run;
  [3, 3, 3, 0].forEach((component, row) => {
    Object.assign(state.samples[row] as object, {
      ...{verdict: 'broken', component, target: component === 0 ? 2 : -1, distance: 0.04},
      ...{prediction: 3, forward: 11, backward: 5, queries: 4},
    });
  });
  [9, 8, 8, 8].forEach((attacked, component) => {
    Object.assign(state.components[component] as object, {attacked, forward: 100, elapsedMs: 7});
  });
  const report = () => ensembleReport(run.labels, 4, run.settings, state);
  run.dispose();
  return {...run, report};
}

describe('ensembleReport', () => {
  it('counts after each part, class by class, and lists every example', () => {
    const {report, labels} = finished();
    const {components, samples, cleanAccuracy, robustAccuracy, cost, perClass} = report();
    expect([cleanAccuracy, robustAccuracy]).toEqual([0.9, 0.5]);
    expect(components.map((part) => part.robustAccuracy)).toEqual([0.8, 0.8, 0.8, 0.5]);
    expect(components.map(({broken}) => broken)).toEqual([1, 0, 0, 3]);
    expect(components[0]).toMatchObject({name: 'apgd-ce', attacked: 9, forward: 100, elapsedMs: 7});
    expect(perClass.reduce((sum, {total}) => sum + total, 0)).toBe(10);
    const right = perClass.reduce((sum, c) => sum + c.total * (c.robustAccuracy ?? 0), 0);
    expect(right).toBeCloseTo(5, 12);
    expect(samples[0]).toEqual({
      ...{id: 0, label: labels[0], verdict: 'broken', attack: 'square', target: null},
      ...{prediction: 3, distance: 0.04, forward: 11, backward: 5, queries: 4},
    });
    expect(samples[3]).toMatchObject({attack: 'apgd-ce', target: 2});
    expect(samples[9]).toMatchObject({verdict: 'misclassified', attack: null, distance: null});
    expect(cost).toEqual({forward: 4 * 11 + 6, backward: 20, queries: 16});
  });

  it('warns that Square broke what the gradients could not, even at a second try', () => {
    expect(codes(finished().report())).toEqual(['black-box-stronger']); // 3 of 8, no second try
    const two = finished();
    Object.assign(two.state.samples[2] as object, {component: 2}); // a stray example or two
    expect(codes(two.report())).toEqual([]);
    const rechecked = finished();
    rechecked.state.blackBoxOnly = 2;
    expect(codes(rechecked.report())).toEqual([]);
    rechecked.state.blackBoxOnly = 3;
    expect(codes(rechecked.report())).toEqual(['black-box-stronger']);
    const share = (attacked: number, blackBoxOnly: number | null) => {
      const {state, report} = finished();
      Object.assign(state.components[3] as object, {attacked});
      state.blackBoxOnly = blackBoxOnly;
      return codes(report());
    };
    expect(share(31, null)).toEqual([]);
    expect(share(31, 3)).toEqual(['black-box-stronger']);
    expect(share(61, 3)).toEqual([]);
  });

  it('warns of zero gradients once, when they are more than one in fifty, and than two', () => {
    const {state, report} = finished();
    Object.assign(state.samples[0] as object, {component: 0});
    Object.assign(state.components[0] as object, {attacked: 100, zeroGradient: 2});
    expect(codes(report())).toEqual([]);
    for (const part of state.components) Object.assign(part, {attacked: 100, zeroGradient: 3});
    expect(codes(report())).toEqual(['zero-gradient']);
    for (const part of state.components) Object.assign(part, {attacked: 20, zeroGradient: 2});
    expect(codes(report())).toEqual([]);
  });

  it('warns of a gap between PGD and PGD on scaled logits, and gives the figures', () => {
    const {state, report} = finished();
    Object.assign(state.samples[0] as object, {component: 0});
    state.baseline = {pgd: 0.9, scaledPgd: 0.5, rows: [0, 1, 4, 5, 6, 7, 8]};
    expect(report().diagnostics).toEqual({
      ...{examples: 7, pgd: 0.9, scaledPgd: 0.5, ensemble: 5 / 7},
    });
    expect(codes(report())).toEqual(['logit-scale']);
    state.baseline = {pgd: 0.9, scaledPgd: 0.81, rows: [0, 1]};
    expect(codes(report())).toEqual([]);
    state.baseline = {pgd: 0.9, scaledPgd: 0.5, rows: [0, 1]}; // less than an example or two
    expect(codes(report())).toEqual([]);
  });

  it('warns of logits that were not finite, and of what was not confirmed', () => {
    const {state, report, settings, labels} = finished();
    Object.assign(state.samples[0] as object, {component: 0});
    state.nonFinite.push(4);
    state.unconfirmed = 2;
    expect(codes(report())).toEqual(['non-finite-logits', 'unconfirmed']);
    const chance = {...settings, version: 'rand' as const};
    expect(codes(ensembleReport(labels, 4, chance, state))).toEqual(['non-finite-logits']);
    for (const {message, advice} of report().warnings) {
      expect(message).not.toBe('');
      expect(advice).not.toBe('');
    }
  });
});
