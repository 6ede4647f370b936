import {parseHTML} from 'linkedom';
import {afterEach, describe, expect, it, vi} from 'vitest';

import {figuresFor} from '../../../examples/paper/figures';
import {curves, lossCurves, scatter, type Point} from '../../../examples/paper/plots';
import {allExperiments} from '../../../examples/paper/targets';
import {fakeReport} from './fakeReport';

const ticks = (svg: string, axis: 'x' | 'y'): string[] =>
  Array.from(
    parseHTML(svg).document.querySelectorAll(`[aria-label="${axis}-axis tick label"] text`),
    (text) => text.textContent ?? '',
  );

const series = [{label: 'Ours', colour: '#000'}];
const epochs = (count: number, from = 1) =>
  Array.from({length: count}, (_, i) => ({
    series: 'Ours',
    epoch: from + i,
    loss: 2 - i / 99,
    pgd: 0.2,
  }));

describe('pictures of npm run paper', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(allExperiments().map(({name}) => name))('%s has none that warns', (name) => {
    const warn = vi.spyOn(console, 'warn');
    for (const count of [1, 2, 1000]) {
      const report = fakeReport(`${name} --data cifar`, (runs) => runs.slice(0, count));
      for (const {svg} of figuresFor(report)) expect(svg).not.toContain('⚠');
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    [[{x: 0.51710896, y: 0.235352}]],
    [
      [
        {x: 0.51710896, y: 0.2353},
        {x: 0.5171, y: 0.2354},
      ],
    ],
    [[{x: 0, y: 1}]],
  ])('a scatter of few points has round ticks that fit: %j', (few) => {
    const points: Point[] = few.map((at) => ({...at, series: 'Ours', isPaper: false}));
    const svg = scatter(series, points, 'Clean', 'PGD-20');
    for (const axis of ['x', 'y'] as const) {
      expect(ticks(svg, axis).length).toBeGreaterThan(2);
      for (const tick of ticks(svg, axis)) {
        expect(tick).toMatch(/^\d{1,3}(\.\d)?$/);
        expect(Number(tick)).toBeLessThanOrEqual(100);
      }
    }
  });

  it.each([
    [1, ['1']],
    [2, ['1', '2']],
    [3, ['1', '2', '3']],
    [5, ['1', '2', '3', '4', '5']],
  ])('an axis of %i epochs has each once', (count, expected) => {
    for (const draw of [curves, lossCurves]) {
      expect(ticks(draw(series, epochs(count)), 'x')).toEqual(expected);
    }
  });

  it('losses of one epoch have short ticks', () => {
    for (const tick of ticks(lossCurves(series, epochs(1)), 'y')) expect(tick).toMatch(/^\d\.\d$/);
  });

  it('draws what has no points', () => {
    for (const svg of [curves(series, []), lossCurves(series, []), scatter(series, [], 'a', 'b')]) {
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it('an axis of a hundred epochs has some', () => {
    const found = ticks(curves(series, epochs(100)), 'x');
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBeLessThan(15);
  });

  it('shows a single epoch as a point', () => {
    for (const draw of [curves, lossCurves]) {
      expect(draw(series, epochs(1))).toContain('<circle');
      expect(draw(series, epochs(9))).not.toContain('<circle');
    }
  });
});
