import {fc, test} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {DataFormatError, isDataFormatError} from '../../../src/core/errors';
import {parseHeader} from '../../../src/models/pytorch/safetensorsHeader';
import {readSafetensors} from '../../../src/models/pytorch/readSafetensors';
import {readGolden} from '../../support/networks';

/** A file with this header and so many bytes of data. */
function fileOf(header: string, dataBytes = 0, length = BigInt(header.length)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(text, 8);
  return bytes;
}

const tensor = (dtype: unknown, shape: unknown, offsets: unknown) => ({
  dtype,
  shape,
  data_offsets: offsets,
});

function failureOf(bytes: Uint8Array): DataFormatError {
  try {
    parseHeader(bytes, 'x.safetensors');
  } catch (error) {
    if (isDataFormatError(error)) return error;
    throw error;
  }
  return expect.fail('was accepted');
}

describe('parseHeader', () => {
  it('gives the tensors in order, with their bytes', () => {
    const header = JSON.stringify({
      b: tensor('F16', [1, 2], [4, 8]),
      __metadata__: {note: 'n'},
      a: tensor('F32', [], [0, 4]),
    });
    const {entries, metadata} = parseHeader(fileOf(`${header}  `, 8), 'x');
    const start = 8 + header.length + 2;
    expect(entries).toEqual([
      {name: 'b', dtype: 'F16', shape: [1, 2], begin: start + 4, end: start + 8},
      {name: 'a', dtype: 'F32', shape: [], begin: start, end: start + 4},
    ]);
    expect([...metadata]).toEqual([['note', 'n']]);
  });

  it.each([
    ['nothing', new Uint8Array(0), 0, /the length of the header, 8 bytes at byte 0, found the end/],
    ['7 bytes', new Uint8Array(7), 7, /at byte 7/],
    [
      'a header cut off',
      fileOf('{}', 0, 100n),
      10,
      /a header of 100 bytes at byte 10, found the end/,
    ],
    [
      'a huge header',
      fileOf('{}', 0, 2n ** 63n),
      0,
      /a header of at most 100000000 bytes at byte 0, found a length of 9223372036854775808/,
    ],
    [
      'a zip file',
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0),
      0,
      /found a file of torch\.save: convert it/,
    ],
    ['no JSON', fileOf('{"a":'), 8, /the header: a JSON object at byte 8, found .*JSON/],
    [
      'JSON of another kind',
      fileOf('[1]'),
      8,
      /the header: a JSON object that starts at once at byte 8, found \[1\]/,
    ],
    ['leading space', fileOf(' {}'), 8, /a JSON object that starts at once/],
    ['a byte order mark', fileOf('\uFEFF{}', 0, 5n), 8, /the header: a JSON object/],
    ['null', fileOf('null'), 8, /found null/],
  ] as const)('refuses %s', (_name, bytes, offset, message) => {
    const error = failureOf(bytes);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({source: 'x.safetensors', offset});
  });

  it('refuses bytes that are no UTF-8', () => {
    const bytes = fileOf('{"a":1}');
    bytes[10] = 0xff;
    expect(failureOf(bytes).message).toMatch(/a header in UTF-8 at byte 8/);
  });

  // Behind `{"é":{...},"bad":`: the offset counts bytes, not characters.
  const good = tensor('F32', [1], [0, 4]);
  it.each([
    [5, /"bad": an object at byte 63, found 5/],
    [null, /"bad": an object at byte 63, found null/],
    [{}, /"bad", dtype: one of F64, I64, F32, F16, BF16 at byte 63, found nothing/],
    [tensor('I32', [1], [4, 8]), /"bad", dtype: one of .*, found "I32"/],
    [tensor('toString', [1], [4, 8]), /"bad", dtype: one of .*, found "toString"/],
    [tensor('F32', 1, [4, 8]), /"bad", shape: a list of integers >= 0 at byte 63, found 1/],
    [tensor('F32', [-1], [4, 8]), /"bad", shape: .* found \[-1\]/],
    [tensor('F32', [1.5], [4, 8]), /"bad", shape: .* found \[1\.5\]/],
    [tensor('F32', ['1'], [4, 8]), /"bad", shape: .* found \["1"\]/],
    [tensor('F32', [2 ** 60], [4, 8]), /"bad", shape: .* found \[1152921504606847000\]/],
    [tensor('F32', [1], [4]), /"bad", data_offsets: two integers >= 0 at byte 63, found \[4\]/],
    [tensor('F32', [1], [4, 8, 12]), /"bad", data_offsets: two integers >= 0/],
    [tensor('F32', [1], [-4, 0]), /"bad", data_offsets: two integers >= 0/],
    [
      tensor('F32', [1], [8, 4]),
      /"bad", data_offsets: 4 bytes apart, for F32 \[1\] .* found \[8,4\]/,
    ],
    [tensor('F64', [1], [4, 8]), /"bad", data_offsets: 8 bytes apart, for F64 \[1\]/],
    [tensor('F32', [2 ** 30, 2 ** 30], [4, 8]), /"bad", data_offsets: 4611686018427388000 bytes/],
    [tensor('F32', [2 ** 50, 2 ** 50, 0], [4, 8]), /"bad", data_offsets: 0 bytes apart/],
  ])('refuses a tensor %o by name and field', (bad, message) => {
    const bytes = fileOf(JSON.stringify({é: good, bad}), 8, BigInt(new TextEncoder().encode(JSON.stringify({é: good, bad})).length)); // prettier-ignore
    expect(failureOf(bytes).message).toMatch(message);
  });

  it.each([
    [
      'an overlap',
      {a: good, b: tensor('F32', [1], [2, 6])},
      6,
      /"b" to start at byte \d+, where the tensor before it ends/,
    ],
    ['the same place twice', {a: good, b: good}, 4, /"b" to start at byte/],
    ['a gap', {a: good, b: tensor('F32', [1], [8, 12])}, 12, /"b" to start at byte/],
    ['a gap at the start', {a: tensor('F32', [1], [4, 8])}, 8, /"a" to start at byte/],
    ['too few bytes', {a: good}, 3, /"a" up to byte \d+ at byte \d+, found the end of the file/],
    ['too many bytes', {a: good}, 6, /the end of the file at byte \d+, found 2 further bytes/],
    [
      'notes that are no object',
      {__metadata__: [1]},
      0,
      /"__metadata__": an object at byte 9, found \[1\]/,
    ],
    [
      'notes that are no text',
      {__metadata__: {k: 1}},
      0,
      /"__metadata__", k: a string at byte 9, found 1/,
    ],
  ] as const)('refuses %s', (_name, header, dataBytes, message) => {
    expect(failureOf(fileOf(JSON.stringify(header), dataBytes)).message).toMatch(message);
  });

  it('refuses a name twice, which JSON.parse would hide', () => {
    const entry = JSON.stringify(good);
    const twice = failureOf(fileOf(`{"a":${entry},"a":${entry}}`, 4));
    expect(twice.message).toMatch(/1 tensors, each named once at byte 8, found 2 data_offsets/);
  });

  it('accepts names and notes that look like fields', () => {
    const header = {
      '"data_offsets":': good,
      __metadata__: {data_offsets: '"data_offsets":', '"data_offsets":': 'x'},
    };
    expect(parseHeader(fileOf(JSON.stringify(header), 4), 'x').entries.length).toBe(1);
  });
});

// Whatever the bytes: tensors within the file, or an error that says where.
function readsOrExplains(bytes: Uint8Array): void {
  try {
    const {tensors} = readSafetensors(bytes);
    for (const {shape, values} of tensors.values()) {
      expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
    }
  } catch (error) {
    if (!isDataFormatError(error)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
  }
}

const file = readGolden('network-flat.safetensors');
const types = readGolden('types.safetensors');

describe('fuzzed files', () => {
  test.prop([fc.integer({min: 0, max: file.length - 1})], {numRuns: 300})(
    'are refused where they are cut off',
    (length) => {
      expect(() => readSafetensors(file.subarray(0, length))).toThrow(DataFormatError);
    },
  );

  const flips = fc.array(fc.tuple(fc.nat(types.length - 1), fc.nat(255)), {minLength: 1, maxLength: 6}); // prettier-ignore
  test.prop([flips], {numRuns: 1500})('are read or explained with bytes changed', (changes) => {
    const bytes = types.slice();
    for (const [at, value] of changes) bytes[at] = value;
    readsOrExplains(bytes);
  });

  test.prop([fc.uint8Array({maxLength: 200})], {numRuns: 500})(
    'are read or explained when made of anything',
    readsOrExplains,
  );

  const numbers = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 8, 12, 2 ** 53, 1e300, -1, NaN), fc.double()); // prettier-ignore
  const entries = fc.record(
    {
      dtype: fc.constantFrom('F32', 'F16', 'I64', 'BOOL', 3),
      shape: fc.oneof(fc.array(numbers, {maxLength: 3}), fc.anything()),
      data_offsets: fc.oneof(fc.array(numbers, {maxLength: 3}), fc.anything()),
    },
    {requiredKeys: []},
  );
  const headers = fc.oneof(fc.dictionary(fc.string(), fc.oneof(entries, fc.anything())), fc.json());
  test.prop([headers, fc.nat(24)], {numRuns: 1500})(
    'are read or explained with any header',
    (header, dataBytes) => {
      const replacer = (_key: string, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value;
      const text = typeof header === 'string' ? header : JSON.stringify(header, replacer);
      const bytes = new TextEncoder().encode(text);
      readsOrExplains(fileOf(text, dataBytes, BigInt(bytes.length)));
    },
  );
});
