import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../../src/core/errors';
import {readSafetensors} from '../../../src/models/pytorch/readSafetensors';
import type {StateDict, StateTensor} from '../../../src/models/pytorch/stateTensor';
import {writeSafetensors} from '../../../src/models/pytorch/writeSafetensors';
import {readGolden} from '../../support/networks';

const one = {shape: [1], values: Float32Array.of(1)};

describe('writeSafetensors', () => {
  it.each(['resnet18', 'flat'])('writes the very bytes that Python wrote: %s', (name) => {
    // Python orders by size of the numbers, then by name; ours keeps the order it is given.
    const file = readGolden(`network-${name}.safetensors`);
    expect(writeSafetensors(readSafetensors(file).tensors)).toEqual(file);
  });

  it('puts every value at a multiple of its size', () => {
    const tensors = new Map<string, StateTensor>([
      ['float', one],
      ['double', {shape: [2], values: Float64Array.of(1, 2)}],
      ['integer', {shape: [], values: BigInt64Array.of(3n)}],
    ]);
    const file = writeSafetensors(tensors, new Map([['format', 'pt']]));
    const read = readSafetensors(file);
    for (const [name, {values}] of read.tensors) {
      expect(values.buffer, name).toBe(file.buffer); // else it had to be copied
      expect(values.byteOffset % values.BYTES_PER_ELEMENT, name).toBe(0);
    }
    expect([...read.tensors.keys()]).toEqual(['double', 'integer', 'float']);
  });

  it('writes no tensors', () => {
    const file = writeSafetensors(new Map());
    expect(new TextDecoder().decode(file.subarray(8))).toBe('{}      ');
    expect(readSafetensors(file).tensors.size).toBe(0);
  });

  it('takes part of a larger array', () => {
    const values = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
    const {tensors} = readSafetensors(writeSafetensors(new Map([['a', {shape: [2], values}]])));
    expect(tensors.get('a')?.values).toEqual(Float32Array.of(2, 3));
  });

  it.each([
    ['a', {shape: [2], values: Float32Array.of(1)}, /tensors\["a"\]" must have 2 values for the shape \[2\], found 1/], // prettier-ignore
    ['a', {shape: [-1, -1], values: Float32Array.of(1)}, /must have a shape of integers >= 0, found \[-1, -1\]/], // prettier-ignore
    ['a', {shape: new Array<number>(1), values: Float32Array.of(1)}, /must have a shape of integers >= 0/], // prettier-ignore
    ['a', {shape: 'x', values: Float32Array.of(1)}, /tensors\["a"\]" must be \{shape, values\}, the shape a list, found an object with shape, values/], // prettier-ignore
    ['a', undefined, /tensors\["a"\]" must be \{shape, values\}, the shape a list, found undefined\. Pass what stateDict/], // prettier-ignore
    [3, one, /"a name in tensors" must be a string, found 3/],
    ['a', {shape: [1], values: [1]}, /must have values in a Float32Array/],
    ['a', {shape: [1], values: Int32Array.of(1)}, /must have values in a Float32Array/],
    ['__metadata__', one, /must have another name/],
  ])('refuses %s: %o', (name, tensor, message) => {
    const tensors = new Map([[name, tensor]]) as unknown as StateDict;
    expect(() => writeSafetensors(tensors)).toThrow(InvalidArgumentError);
    expect(() => writeSafetensors(tensors)).toThrow(message);
  });

  it.each([
    ['format', 3, /writeSafetensors: "metadata\["format"\]" must be a string, found 3/],
    ['format', undefined, /"metadata\["format"\]" must be a string, found undefined/],
    [1, 'pt', /"a name in metadata" must be a string, found 1/],
  ])('refuses the note %o: %o', (key, note, message) => {
    const notes = new Map<unknown, unknown>([[key, note]]) as unknown as Map<string, string>;
    expect(() => writeSafetensors(new Map([['a', one]]), notes)).toThrow(message);
  });
});
