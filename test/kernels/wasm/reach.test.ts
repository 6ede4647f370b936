import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {type Axis, inputsOf, outputsOf} from '../../../src/kernels/wasm/reach';

const anyAxis = fc
  .record({
    inputs: fc.integer({min: 1, max: 24}),
    filter: fc.integer({min: 1, max: 5}),
    stride: fc.integer({min: 1, max: 3}),
    before: fc.integer({min: 0, max: 4}),
    after: fc.integer({min: 0, max: 4}),
    tile: fc.constantFrom(1, 2, 4),
  })
  .map(({after, ...axis}): Axis => {
    const room = axis.before + axis.inputs + after - axis.filter;
    return {...axis, outputs: Math.floor(room / axis.stride) + 1};
  })
  .filter(({outputs}) => outputs > 0);

const anyRun = (length: number) =>
  fc
    .tuple(fc.integer({min: 0, max: length - 1}), fc.integer({min: 1, max: length}))
    .map(([from, size]) => ({from, to: Math.min(length, from + size)}));

/** Inputs that the tile of an output reads, also for outputs of it that are not there. */
function readBy(output: number, {filter, stride, before, tile, inputs}: Axis): Set<number> {
  const first = tile * Math.floor(output / tile);
  const read = new Set<number>();
  for (let i = first; i < first + tile; i++) {
    for (let tap = 0; tap < filter; tap++) {
      const input = i * stride - before + tap;
      if (input >= 0 && input < inputs) read.add(input);
    }
  }
  return read;
}

const placesOf = ({from, to}: {from: number; to: number}) =>
  Array.from({length: to - from}, (_, i) => from + i);

describe('outputsOf', () => {
  it.prop([anyAxis.chain((axis) => fc.tuple(fc.constant(axis), anyRun(axis.inputs)))])(
    'is all outputs whose tile reads one of the inputs, and whole tiles',
    ([axis, run]) => {
      const found = outputsOf(run, axis);
      expect(found.from % axis.tile).toBe(0);
      expect(found.to === axis.outputs || found.to % axis.tile === 0).toBe(true);
      expect(found.to).toBeGreaterThan(found.from);
      expect(found.to).toBeLessThanOrEqual(axis.outputs);
      const changed = new Set(placesOf(run));
      for (let output = 0; output < axis.outputs; output++) {
        const depends = [...readBy(output, axis)].some((input) => changed.has(input));
        const isFound = output >= found.from && output < found.to;
        if (depends) expect(isFound).toBe(true);
        // A run of tiles: those in between may depend on none, where strides pass inputs by.
        else if (isFound && axis.stride <= axis.filter) {
          expect(found.to - found.from).toBeLessThanOrEqual(axis.tile);
        }
      }
    },
  );
});

describe('inputsOf', () => {
  it('counts no zeros before the first input where an output sees those behind the last one alone', () => {
    const axis = {inputs: 3, filter: 1, stride: 3, before: 2, tile: 1};
    expect(inputsOf({from: 2, to: 3}, axis)).toEqual({from: 3, to: 3, before: 0});
  });

  it.prop([anyAxis.chain((axis) => fc.tuple(fc.constant(axis), anyRun(axis.inputs)))], {
    numRuns: 500,
  })('is all inputs that the tiles of the outputs read, as far as there are any', ([axis, run]) => {
    const outputs = outputsOf(run, axis);
    const found = inputsOf(outputs, axis);
    const read = new Set(placesOf(outputs).flatMap((output) => [...readBy(output, axis)]));
    for (const input of read) {
      expect(input).toBeGreaterThanOrEqual(found.from);
      expect(input).toBeLessThan(found.to);
    }
    if (axis.stride <= axis.filter) expect(found.to - found.from).toBe(read.size);
    // The first output sees the first input behind these zeros, unless it sees the zeros behind the last one alone.
    const first = outputs.from * axis.stride - axis.before;
    expect(found.from - found.before).toBe(Math.min(first, axis.inputs));
    expect(found.before).toBeGreaterThanOrEqual(0);
  });
});
