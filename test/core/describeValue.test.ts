import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {describeValue} from '../../src/core/describeValue';

it.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [[], 'an empty array'],
  [[1, 2], '[1, 2]'],
  [[1, 2, 3, 4, 5], 'an array of 5 numbers'],
  [['a', 'b', 'c'], 'an array of 3 strings'],
  [[[1], [2]], 'an array of 2 arrays'],
  [[1, 'a'], 'an array of 2'],
  [new Array(3), 'an array of 3'],
  [{}, 'an object with nothing'],
  [{a: 1, b: 2, c: 3, d: 4, e: 5}, 'an object with a, b, c, d, ...'],
  [new Float32Array(2), 'Float32Array of 2'],
  [Promise.resolve(1), 'a promise'],
  [{then: () => 1}, 'a promise'],
  ['8/255', "'8/255'"],
  ['a'.repeat(50), `'${'a'.repeat(40)}...'`],
  [1, '1'],
  [-0, '-0'],
  [NaN, 'NaN'],
  [5n, 'the BigInt 5n'],
  [true, 'true'],
  [Symbol('s'), 'a symbol'],
  [() => 1, 'a function'],
  [
    class A {
      x = 1;
    },
    'a class',
  ],
  [new Map(), 'an instance of Map'],
  [new Date(0), 'an instance of Date'],
  [/a/, 'an instance of RegExp'],
  [
    new (class Config {
      x = 1;
    })(),
    'an instance of Config',
  ],
  [Object.create({epsilon: 0.3}), 'an object with a prototype of its own'],
  [Object.create(null), 'an object with nothing'],
])('describes %o', (value, words) => {
  expect(describeValue(value)).toBe(words);
});

it('describes a tensor by dtype and shape', () => {
  tf.tidy(() => {
    expect(describeValue(tf.zeros([2, 3]))).toBe('float32 [2, 3]');
    expect(describeValue(tf.scalar(1, 'int32'))).toBe('int32 []');
    const gone = tf.scalar(1);
    gone.dispose();
    expect(describeValue(gone)).toBe('a disposed tensor, float32 []');
  });
});

it('never throws, whatever the value does', () => {
  const angry = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('no');
      },
      has() {
        throw new Error('no');
      },
    },
  );
  const circle: unknown[] = [];
  circle.push(circle);
  const {proxy, revoke} = Proxy.revocable({}, {});
  revoke();
  expect([angry, proxy].map(describeValue)).toEqual(
    new Array(2).fill('something that cannot be looked at'),
  );
  expect(describeValue(circle)).toBe('an array of 1 arrays');
});
