import * as tf from '@tensorflow/tfjs-core';

/** Something that somebody might pass where something else is wanted. */
export interface BadValue {
  readonly name: string;
  /** Makes it anew; tensors among what it makes are disposed after the call. */
  readonly make: () => unknown;
}

class Settings {
  get epsilon(): number {
    return 0.3;
  }
}

class Empty {
  readonly nothing = 0;
}

const circle = (): object => {
  const value: {self?: unknown} = {};
  value.self = value;
  return value;
};

const sparse = (): number[] => {
  const list = new Array<number>(3);
  list[0] = 1;
  list[2] = 3;
  return list;
};

const disposed = (): tf.Tensor => {
  const tensor = tf.zeros([2, 3]);
  tensor.dispose();
  return tensor;
};

/** About 75 of them: missing, numbers, texts, flags, objects of all sorts, tensors, functions. */
export const BAD_VALUES: readonly BadValue[] = (
  [
    ['undefined', () => undefined],
    ['null', () => null],
    ['NaN', () => NaN],
    ['Infinity', () => Infinity],
    ['-Infinity', () => -Infinity],
    ['-0', () => -0],
    ['0', () => 0],
    ['1', () => 1],
    ['-1', () => -1],
    ['0.5', () => 0.5],
    ['2.5', () => 2.5],
    ['7', () => 7],
    ['2 ** 31', () => 2 ** 31],
    ['1e300', () => 1e300],
    ['1e-300', () => 1e-300],
    ["''", () => ''],
    ["'text'", () => 'text'],
    ["'8/255'", () => '8/255'],
    ["'1'", () => '1'],
    ["'false'", () => 'false'],
    ["'Linf'", () => 'Linf'],
    ["'__proto__'", () => '__proto__'],
    ["'toString'", () => 'toString'],
    ['true', () => true],
    ['false', () => false],
    ['10n', () => 10n],
    ['a symbol', () => Symbol('s')],
    ['() => undefined', () => () => undefined],
    ['async () => {}', () => () => Promise.resolve()],
    ['class Empty', () => Empty],
    ['[]', () => []],
    ['[1, 2]', () => [1, 2]],
    ["['1', '2']", () => ['1', '2']],
    ['[NaN]', () => [NaN]],
    ['[null]', () => [null]],
    ['[1n]', () => [1n]],
    ['[1, , 3]', sparse],
    ['new Array(1e6)', () => new Array<number>(1e6)],
    ['[[0, 1], [1, 0]]', () => [[0, 1], [1, 0]]], // prettier-ignore
    ['{}', () => ({})],
    ['{length: 2}', () => ({length: 2})],
    ['{valueOf: 3}', () => ({valueOf: () => 3})],
    ['{toString throws}', () => ({
      toString: () => {
        throw new Error('hostile');
      },
    })], // prettier-ignore
    ['Object.create(null)', () => Object.create(null) as object],
    ['Object.create({epsilon: 0.3})', () => Object.create({epsilon: 0.3}) as object],
    ['an instance with a getter', () => new Settings()],
    ['an instance of Empty', () => new Empty()],
    ['a getter that throws', () => ({
      get epsilon(): number {
        throw new Error('hostile');
      },
    })], // prettier-ignore
    ['a circle', circle],
    ['a frozen object', () => Object.freeze({})],
    ['a proxy', () => new Proxy({}, {})],
    ['new Map()', () => new Map()],
    ['new Set()', () => new Set()],
    ['new WeakMap()', () => new WeakMap()],
    ['new Date()', () => new Date(0)],
    ['/a/', () => /a/],
    ['new Error()', () => new Error('e')],
    ['new Number(1)', () => Object(1) as object],
    ['a promise', () => Promise.resolve(1)],
    ['a promise of a tensor', () => Promise.resolve(tf.zeros([2, 3]))],
    ['a thenable', () => ({then: (done: (value: number) => void) => {
      done(1);
    }})], // prettier-ignore
    ['an iterator', () => [1, 2][Symbol.iterator]()],
    ['an AbortController', () => new AbortController()],
    ['new Float32Array(2)', () => new Float32Array(2)],
    ['new Float64Array(2)', () => new Float64Array(2).fill(NaN)],
    ['new Int32Array(2)', () => new Int32Array(2)],
    ['new Uint8Array(0)', () => new Uint8Array(0)],
    ['new BigInt64Array(2)', () => new BigInt64Array(2)],
    ['new DataView()', () => new DataView(new ArrayBuffer(8))],
    ['new ArrayBuffer(8)', () => new ArrayBuffer(8)],
    ['tensor float32 []', () => tf.scalar(1)],
    ['tensor float32 [3]', () => tf.zeros([3])],
    ['tensor float32 [0, 3]', () => tf.zeros([0, 3])],
    ['tensor float32 [2, 3]', () => tf.zeros([2, 3])],
    ['tensor float32 [3, 3]', () => tf.fill([3, 3], 0.5)],
    ['tensor NaN [3, 3]', () => tf.fill([3, 3], NaN)],
    ['tensor float32 [1, 2, 2, 1]', () => tf.zeros([1, 2, 2, 1])],
    ['tensor int32 [3]', () => tf.zeros([3], 'int32')],
    ['tensor int32 [3, 3]', () => tf.zeros([3, 3], 'int32')],
    ['tensor bool [3]', () => tf.zeros([3], 'bool')],
    ['tensor string [3]', () => tf.tensor1d(['a', 'b', 'c'])],
    ['tensor complex64 [2]', () => tf.complex([1, 2], [0, 0])],
    ['a disposed tensor', disposed],
    ['a variable', () => tf.variable(tf.zeros([2, 2]))],
  ] as const
).map(([name, make]) => ({name, make}));
