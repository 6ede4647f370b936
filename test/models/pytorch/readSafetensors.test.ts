import {fc, test} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {readSafetensors} from '../../../src/models/pytorch/readSafetensors';
import type {StateTensor} from '../../../src/models/pytorch/stateTensor';
import {writeSafetensors} from '../../../src/models/pytorch/writeSafetensors';
import {readGolden, TORCH} from '../../support/networks';

describe('readSafetensors', () => {
  const file = readGolden('types.safetensors');
  const {tensors, metadata} = readSafetensors(file);

  it.each(Object.keys(TORCH.types))('reads what Python wrote: %s', (name) => {
    const values: (number | bigint)[] = [...(tensors.get(name)?.values ?? [])];
    expect(values.map(Number)).toEqual(TORCH.types[name]);
  });

  it('keeps shapes, types and metadata', () => {
    const shapes = Object.fromEntries([...tensors].map(([name, {shape}]) => [name, shape]));
    expect(shapes).toMatchObject({F32: [2, 3], BF16: [2, 3], I64: [3], scalar: [], empty: [0, 3]});
    expect(tensors.get('F64')?.values).toBeInstanceOf(Float64Array);
    expect(tensors.get('I64')?.values).toBeInstanceOf(BigInt64Array);
    expect(tensors.get('F16')?.values).toBeInstanceOf(Float32Array);
    expect([...metadata]).toEqual([['format', 'pt']]);
  });

  it.each([0, 1, 3, 4, 8])('reads from an offset of %i bytes in a larger buffer', (offset) => {
    const larger = new Uint8Array(file.length + offset + 5);
    larger.set(file, offset);
    const view = larger.subarray(offset, offset + file.length);
    expect(readSafetensors(view)).toEqual({tensors, metadata});
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('reads a Buffer at byte %i of 8 in its pool', (offset) => {
    const view = Buffer.allocUnsafe(offset + file.length).subarray(offset);
    view.set(file);
    expect(view.byteOffset % 8).toBe(offset);
    expect(view.buffer.byteLength).toBeGreaterThan(view.byteOffset + view.length);
    expect(readSafetensors(view)).toEqual({tensors, metadata});
  });

  it('reads data that do not start at a multiple of their size', () => {
    const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ';
    const bytes = new Uint8Array(8 + header.length + 4);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    view.setFloat32(8 + header.length, 1.5, true);
    expect((8 + header.length) % 4).not.toBe(0);
    expect(readSafetensors(bytes).tensors.get('a')?.values).toEqual(Float32Array.of(1.5));
  });

  it('reads an ArrayBuffer', () => {
    const {buffer} = file.slice();
    expect(readSafetensors(buffer)).toEqual({tensors, metadata});
  });

  it.each([undefined, 'model.safetensors', [1, 2], {}])('refuses %o', (value) => {
    expect(() => readSafetensors(value as unknown as Uint8Array)).toThrow(
      /readSafetensors: "file" must be the bytes of a file/,
    );
  });
});

const names = fc.oneof(
  fc.string({unit: 'grapheme', maxLength: 12}),
  fc.constantFrom('__proto__', 'constructor', 'data_offsets', '"data_offsets":', 'a\\', '\n'),
);

const values = fc.oneof(
  fc.float32Array({maxLength: 9}),
  fc.float64Array({maxLength: 9}),
  fc.bigInt64Array({maxLength: 9}),
);

const dictionaries = fc
  .array(fc.tuple(names, values), {maxLength: 6})
  .map((entries) => new Map<string, StateTensor>(entries.map(([name, each]) => [name, {shape: [each.length], values: each}]))); // prettier-ignore

describe('readSafetensors after writeSafetensors', () => {
  const notes = fc.dictionary(names, fc.string(), {maxKeys: 3});

  test.prop([dictionaries, notes])('gives the same, NaN and all', (tensors, texts) => {
    const metadata = new Map(Object.entries(texts));
    const read = readSafetensors(writeSafetensors(tensors, metadata));
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual(metadata);
  });

  test.prop([dictionaries, notes, fc.nat({max: 15}), fc.boolean()])(
    'gives the same from anywhere in a larger array or Buffer',
    (tensors, texts, offset, isBuffer) => {
      const metadata = new Map(Object.entries(texts));
      const file = writeSafetensors(tensors, metadata);
      const length = offset + file.length + 3;
      const larger = isBuffer ? Buffer.alloc(length, 0xff) : new Uint8Array(length);
      larger.set(file, offset);
      const read = readSafetensors(larger.subarray(offset, offset + file.length));
      expect(read).toEqual({tensors, metadata});
    },
  );
});
