import {describe, expect, it} from 'vitest';

import {wideResnet} from '../../src/models/wideResnet';
import {parametersOf, TORCH} from '../support/networks';

function sizeOf(depth: number, width: number) {
  const model = wideResnet({depth, width});
  const parameters = parametersOf(model);
  const size = {parameters, statistics: model.countParams() - parameters};
  model.dispose();
  return size;
}

const WIDTHS = [0.5, 1.5, 2] as const;

// The number of weights is a polynomial of degree 2 in the width, as long as no stage has the
// channels of the stem: three narrow networks give that of a wide one, which takes long to build.
function extrapolated(sizes: readonly number[], width: number): number {
  return WIDTHS.reduce((sum, own, i) => {
    const others = WIDTHS.filter((other) => other !== own);
    const factor = others.reduce((f, other) => (f * (width - other)) / (own - other), 1);
    return sum + factor * (sizes[i] as number);
  }, 0);
}

describe('wideResnet', () => {
  it.each([28, 34])('has the weights of PyTorch’s WRN-%i-10', (depth) => {
    const golden = TORCH.counts[`wideResnet-${depth}-10`];
    const sizes = WIDTHS.map((width) => sizeOf(depth, width));
    const at10 = (key: 'parameters' | 'statistics') =>
      extrapolated(
        sizes.map((size) => size[key]),
        10,
      );
    expect(at10('parameters')).toBeCloseTo(golden?.parameters ?? 0, 3);
    expect(at10('statistics')).toBeCloseTo(golden?.statistics ?? 0, 3);
  });

  it('has a shortcut in the first stage only if it is wider than the stem', () => {
    const shortcuts = (width: number) => {
      const model = wideResnet({depth: 10, width});
      const names = model.layers.map(({name}) => name).filter((name) => name.endsWith('Shortcut'));
      model.dispose();
      return names.map((name) => name.slice(0, 6));
    };
    expect(shortcuts(1)).toEqual(['block2', 'block3']);
    expect(shortcuts(2)).toEqual(['block1', 'block2', 'block3']);
    // One channel everywhere: the shape still changes.
    expect(shortcuts(0.01)).toEqual(['block1', 'block2', 'block3']);
  });

  it('starts convolutions normal with fan-out, and the last bias at 0', () => {
    const model = wideResnet({depth: 10, width: 1});
    const kernel = model.getLayer('block3.layer.0.conv2').getWeights()[0]?.dataSync() ?? [];
    const deviation = Math.sqrt(2 / (9 * 64));
    const squares = Array.from(kernel, (value) => (value / deviation) ** 2);
    const variance = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / squares.length));
    expect(Math.max(...squares)).toBeGreaterThan(9); // not truncated, not uniform
    const [weights, bias] = model.getLayer('fc').getWeights();
    expect(Array.from(bias?.dataSync() ?? [])).toEqual(new Array<number>(10).fill(0));
    expect(Math.max(...Array.from(weights?.dataSync() ?? [], Math.abs))).toBeLessThanOrEqual(1 / 8);
    model.dispose();
  });

  it.each([
    [{depth: 30}, /"depth" must be 6n \+ 4, found 30/],
    [{depth: 4}, /"depth" must be an integer >= 10 and <= 1204, found 4/],
    [{depth: 1e6}, /"depth" must be an integer >= 10 and <= 1204, found 1000000/],
    [{width: -1}, /"width" must be a finite number > 0, found -1/],
  ])('refuses %o', (options, message) => {
    expect(() => wideResnet(options)).toThrow(message);
  });
});
