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

  it('warns where the official code does, and says what a second try left', () => {
    // Official: once the robust accuracy falls by more than 0.002, over all examples.
    const blackBox = (broken: number, examples: number, left: number | null) => {
      const run = ensembleRun(examples);
      run.state.samples.forEach((sample, row) => {
        if (row < broken) Object.assign(sample, {verdict: 'broken', component: 3});
      });
      run.state.blackBoxOnly = left;
      const report = ensembleReport(run.labels, 4, run.settings, run.state);
      run.dispose();
      return report;
    };
    expect(codes(blackBox(1, 500, null))).toEqual([]);
    expect(codes(blackBox(1, 499, null))).toEqual(['black-box-stronger']);
    expect(codes(blackBox(1, 499, 0))).toEqual(['black-box-stronger']);
    expect(codes(blackBox(0, 10, 0))).toEqual([]);
    const messageOf = ({warnings}: ReturnType<typeof blackBox>) =>
      warnings.find(({code}) => code === 'black-box-stronger')?.message;
    const what =
      'Square, which uses no gradient, broke what the gradient attacks before it had not';
    expect(messageOf(blackBox(9, 200, null))).toBe(`${what}: 9 of 200 examples (4.5 %).`);
    expect(messageOf(blackBox(12, 200, 9))).toBe(
      `${what}: 12 of 200 examples (6.0 %). APGD-T from 5 more starts found all but 9.`,
    );
    // The count is there without a warning, too.
    const {tallies} = blackBox(1, 1000, 1);
    expect(tallies.find(({code}) => code === 'black-box-stronger')).toMatchObject({
      ...{count: 1, total: 1000, detail: {count: 1}},
    });
  });

  it('warns of zero gradients once, when they are more than one in fifty, and than two', () => {
    const {state, report} = finished();
    for (const sample of state.samples.slice(0, 3)) sample.component = 0;
    Object.assign(state.components[0] as object, {attacked: 100, zeroGradient: 2});
    expect(codes(report())).toEqual([]);
    for (const part of state.components) Object.assign(part, {attacked: 100, zeroGradient: 3});
    expect(codes(report())).toEqual(['zero-gradient']);
    for (const part of state.components) Object.assign(part, {attacked: 20, zeroGradient: 2});
    expect(codes(report())).toEqual([]);
    for (const part of state.components) Object.assign(part, {attacked: 150, zeroGradient: 3});
    expect(codes(report())).toEqual([]);
    for (const part of state.components) Object.assign(part, {attacked: 149, zeroGradient: 3});
    expect(codes(report())).toEqual(['zero-gradient']);
  });

  it('warns of a gap between PGD and PGD on scaled logits, and gives the figures', () => {
    const {state, report} = finished();
    for (const sample of state.samples.slice(0, 3)) sample.component = 0;
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

  it('needs a gap of more than a tenth, and of more than two and a half examples', () => {
    const {state, report} = finished();
    for (const sample of state.samples.slice(0, 3)) sample.component = 0;
    const codesAt = (gap: number, examples: number) => {
      const rows = Array.from({length: examples}, (_, row) => row % 9);
      state.baseline = {pgd: 0.75, scaledPgd: 0.75 - gap, rows};
      return codes(report());
    };
    expect(codesAt(0.09, 99)).toEqual([]);
    expect(codesAt(0.11, 99)).toEqual(['logit-scale']);
    expect(codesAt(0.5, 5)).toEqual([]);
    expect(codesAt(0.5, 6)).toEqual(['logit-scale']);
  });

  it('warns of logits that were not finite, and of what was not confirmed', () => {
    const {state, report, settings, labels} = finished();
    for (const sample of state.samples.slice(0, 3)) sample.component = 0;
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

  it('counts gradients of our components that have any, and Square beside them', () => {
    const {state, report, settings, labels} = finished();
    const told = ({tallies}: ReturnType<typeof report>) =>
      tallies.map(({code, what, count, total}) => [code, what, count, total]);
    Object.assign(state.components[1] as object, {attacked: 8, zeroGradient: 1});
    Object.assign(state.components[2] as object, {nonFiniteGradient: 2});
    const zero = (name: string) => `The gradient to the input is zero (${name})`;
    const nan = (name: string) => `The gradient to the input is not finite (${name})`;
    const square =
      'Square, which uses no gradient, broke what the gradient attacks before it had not';
    const gradients = [
      ['zero-gradient', zero('apgd-ce'), 0, 9],
      ['non-finite-gradient', nan('apgd-ce'), 0, 9],
      ['zero-gradient', zero('apgd-t'), 1, 8],
      ['non-finite-gradient', nan('apgd-t'), 0, 8],
      ['zero-gradient', zero('fab-t'), 0, 8],
      ['non-finite-gradient', nan('fab-t'), 2, 8],
    ];
    const others = [
      ['non-finite-logits', 'NaN or infinite values', 0, 10],
      ['unconfirmed', 'A point broke the model only once', 0, 10],
    ];
    expect(told(report())).toEqual([
      ...gradients,
      ['black-box-stronger', square, 3, 10],
      ...others,
    ]);
    // One of the caller's own has no gradients that we saw, and is no Square by its name.
    const own = settings.components.map((part) => ({...part, isCustom: true}));
    expect(told(ensembleReport(labels, 4, {...settings, components: own}, state))).toEqual(others);
    // First in the list Square has nothing to be stronger than.
    const [first] = settings.components.slice(3);
    const alone = {...settings, components: first === undefined ? [] : [first]};
    expect(told(ensembleReport(labels, 4, alone, state))).toEqual(others);
  });

  it('gives the figures of the two kinds of PGD, in percent', () => {
    const {state, report} = finished();
    for (const sample of state.samples.slice(0, 3)) sample.component = 0;
    state.baseline = {pgd: 0.75, scaledPgd: 0.125, rows: [0, 4, 5, 6, 7, 8]};
    expect(report().warnings.find(({code}) => code === 'logit-scale')?.message).toBe(
      'PGD-20 leaves 75.0 % right, on logits of one scale 12.5 %, the ensemble 83.3 %.',
    );
  });

  it('names a target that is the first class', () => {
    const {state, report} = finished();
    Object.assign(state.samples[3] as object, {target: 0});
    expect(
      report()
        .samples.slice(2, 4)
        .map(({target}) => target),
    ).toEqual([null, 0]);
  });

  it('says what was evaluated', () => {
    const {report, settings, labels, state} = finished();
    const {version, norm, clip, examples, numClasses, epsilon, quantize, diagnosticCost} = report();
    expect({version, norm, clip, examples, numClasses, epsilon, quantize}).toEqual({
      ...{version: 'standard', norm: 'linf', clip: [0, 1], examples: 10, numClasses: 4},
      ...{epsilon: 0.05, quantize: null},
    });
    Object.assign(state, {diagnosticForward: 7, diagnosticBackward: 5});
    const more = {...settings, quantize: 256, exampleIds: [...labels.keys()].map((id) => 100 + id)};
    const other = ensembleReport(labels, 4, more, state);
    expect(other.quantize).toBe(256);
    expect(other.samples.map(({id}) => id)).toEqual(more.exampleIds);
    expect([diagnosticCost, other.diagnosticCost]).toEqual([
      {forward: 0, backward: 0, queries: 0},
      {forward: 7, backward: 5, queries: 0},
    ]);
  });
});
