import {describe, expect, it} from 'vitest';

import {fabStart} from '../../../src/attacks/fab/fabStart';
import {createRng} from '../../../src/core/rng';

const center = Float32Array.from({length: 400}, () => 0.5);
const offsets = (point: Float32Array) => Array.from(point, (value) => value - 0.5);

describe('fabStart', () => {
  it('is uniform, the largest coordinate at the radius, under L∞', () => {
    const start = fabStart(center, 0.25, {norm: 'linf', clip: null}, createRng(1));
    const moved = offsets(start);
    expect(Math.max(...moved.map(Math.abs))).toBeCloseTo(0.25, 6);
    const mean = moved.reduce((a, b) => a + b) / 400;
    const variance = moved.reduce((sum, d) => sum + d * d, 0) / 400;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(variance).toBeGreaterThan(0.017); // 0.25² / 3 = 0.0208
    expect(variance).toBeLessThan(0.025);
    expect(moved.filter((d) => d > 0).length).toBeGreaterThan(150);
    expect(moved.filter((d) => d < 0).length).toBeGreaterThan(150);
  });

  it('is a Gaussian direction of that length under L2', () => {
    const moved = offsets(fabStart(center, 0.25, {norm: 'l2', clip: [0, 1]}, createRng(1)));
    expect(Math.hypot(...moved)).toBeCloseTo(0.25, 5);
    // 0.25 / 20 is the deviation of a coordinate; a third lies beyond it, 5 % beyond twice it.
    const beyond = (k: number) => moved.filter((d) => Math.abs(d) > (k * 0.25) / 20).length / 400;
    expect(beyond(1)).toBeCloseTo(0.32, 1);
    expect(beyond(2)).toBeGreaterThan(0.02);
    expect(beyond(2)).toBeLessThan(0.09);
  });

  it('stays in the range, which cuts the length', () => {
    const corner = Float32Array.of(-1, 3, 1);
    for (const norm of ['linf', 'l2'] as const) {
      const free = fabStart(corner, 5, {norm, clip: null}, createRng(3));
      const cut = fabStart(corner, 5, {norm, clip: [-1, 3]}, createRng(3));
      expect([...cut]).toEqual([...free].map((value) => Math.min(Math.max(value, -1), 3)));
      expect([...cut]).not.toEqual([...free]);
    }
  });

  it('does not divide by a draw of zeros', () => {
    const zeros = {...createRng(1), uniform: () => 0.5, normal: () => 0};
    for (const norm of ['linf', 'l2'] as const) {
      expect([...fabStart(center, 1, {norm, clip: null}, zeros)]).toEqual([...center]);
    }
  });
});
