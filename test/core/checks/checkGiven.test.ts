import {runInNewContext} from 'node:vm';

import {describe, expect, it} from 'vitest';

import {checkBytes, checkGiven, hasParts} from '../../../src/core/checks/checkGiven';

it('checkGiven says what was found', () => {
  const check = (isRight: boolean) => () => {
    checkGiven('f', 'preset', 7, isRight, 'be a preset', 'Pass one.');
  };
  expect(check(true)).not.toThrow();
  expect(check(false)).toThrow('f: "preset" must be a preset, found 7. Pass one.');
});

describe('checkBytes', () => {
  const check = (value: unknown) => () => {
    checkBytes('f', 'bytes', value);
  };

  it('takes bytes of any realm', () => {
    for (const value of [new Uint8Array(2), Buffer.from('a'), runInNewContext('new Uint8Array(1)')])
      expect(check(value)).not.toThrow();
  });

  it('refuses what is none, with the way to them', () => {
    expect(check(new ArrayBuffer(2))).toThrow('Wrap it: new Uint8Array(buffer).');
    for (const value of ['text', [1], new Int8Array(1), new DataView(new ArrayBuffer(1)), null])
      expect(check(value)).toThrow(/^f: "bytes" must be the bytes of a file, a Uint8Array, found/);
    expect(check('text')).toThrow(
      'In Node pass what fs.readFile gives; in a browser, new Uint8Array(await response.arrayBuffer()).',
    );
  });
});

it('hasParts looks at objects alone', () => {
  expect(hasParts({a: {}, b: []}, 'a', 'b')).toBe(true);
  expect(hasParts({}, 'a')).toBe(false);
  expect(hasParts({a: 1}, 'a')).toBe(false);
  for (const value of [null, undefined, 1, 'a', () => 1]) expect(hasParts(value)).toBe(false);
});
