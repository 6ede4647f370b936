import * as v from 'valibot';
import {describe, expect, it} from 'vitest';

import {
  countSchema,
  countsSchema,
  figureSchema,
  finiteSchema,
  fractionSchema,
  integerSchema,
  isCheckpointValue,
  metricsSchema,
  passesSchema,
  readBy,
  rowsSchema,
  runSchema,
  tableSchema,
  tensorSchema,
  valueSchema,
  warningSchema,
} from '../../src/core/savedSchemas';

const own = (name: string, value: unknown): object =>
  Object.defineProperty({}, name, {value, enumerable: true});
const circle: unknown[] = [];
circle.push({circle});
const shared = {a: 1};

describe('the parts of schemas', () => {
  it.each<[string, v.GenericSchema, unknown[], unknown[]]>([
    ['countSchema', countSchema, [0, 5], [-1, 0.5, NaN, Infinity, '1', null, 2 ** 60]],
    ['finiteSchema', finiteSchema, [-1.5, 0], [NaN, Infinity, '1']],
    ['fractionSchema', fractionSchema, [0, 0.5, 1], [-0.1, 1.1, NaN]],
    ['figureSchema', figureSchema, [NaN, -Infinity, 2], ['2', null, 2n]],
    ['integerSchema', integerSchema(-1, 2), [-1, 2], [-2, 3, 0.5]],
    ['countsSchema', countsSchema(2), [[0, 1]], [[0], [0, 1, 2], [0, -1], {0: 0, 1: 1, length: 2}]],
    ['rowsSchema', rowsSchema(3), [[], [2, 0]], [[3], [1, 1], [-1]]],
    [
      'tensorSchema',
      tensorSchema,
      [
        {shape: [], values: Float32Array.of(1)},
        {shape: [2, 0], values: new Int32Array(0)},
      ],
      [
        {shape: [2], values: Float32Array.of(1)},
        {shape: [1], values: [1]},
        {shape: [1], values: Float64Array.of(1)},
        {shape: [-1], values: new Float32Array(0)},
        {shape: [1], values: Float32Array.of(1), dtype: 'float32'},
      ],
    ],
    [
      'tableSchema',
      tableSchema(countSchema),
      [{}, {a: 1}],
      [{a: -1}, [], new Map(), own('__proto__', 1)],
    ],
    ['metricsSchema', metricsSchema, [{robust: 0.5, constructor: 1}], [{a: '1'}, null]],
    [
      'warningSchema',
      warningSchema,
      [{code: 'a', message: 'b', advice: 'c', more: 1}],
      [
        {code: 'a', message: 'b'},
        {code: 1, message: 'b', advice: 'c'},
      ],
    ],
    ['passesSchema', passesSchema, [{forward: 1, backward: 0, queries: 0}], [{forward: 1}]],
    ['valueSchema', valueSchema, [null, {a: [1, 'b', new Float32Array(1)]}], [() => 1, circle]],
    [
      'runSchema',
      runSchema,
      [{format: 'lt-robust run', kind: 'a 1', identity: {a: 1}, state: 1}],
      [
        {format: 'other', kind: 'a 1', identity: {}, state: 1},
        {format: 'lt-robust run', kind: 'a 1', identity: 1n, state: 1},
        {format: 'lt-robust run', kind: 'a 1', identity: circle, state: 1},
        {format: 'lt-robust run', kind: 'a 1', identity: {}},
      ],
    ],
  ])('%s', (_, schema, right, wrong) => {
    for (const value of right) expect('value' in readBy(schema, value), String(value)).toBe(true);
    for (const value of wrong) expect('problem' in readBy(schema, value), String(value)).toBe(true);
  });
});

describe('isCheckpointValue', () => {
  it('is true of plain data, also where a part is there twice', () => {
    expect(isCheckpointValue({a: [shared, shared], b: {c: shared}})).toBe(true);
    let deep: unknown = 1;
    for (let i = 0; i < 60; i++) deep = [deep, deep]; // 2^60 paths, 61 objects
    expect(isCheckpointValue(deep)).toBe(true);
  });

  it.each([[circle], [new Map()], [new Date(0)], [1n], [Symbol('a')], [undefined], [[undefined]]])(
    'is false of %s',
    (value) => {
      expect(isCheckpointValue(value)).toBe(false);
    },
  );
});

describe('readBy', () => {
  it('says where and how', () => {
    const schema = v.strictObject({state: v.strictObject({epoch: countSchema})});
    expect(readBy(schema, {state: {epoch: -5}})).toEqual({
      problem: 'state.epoch: Invalid value: Expected >=0 but received -5',
    });
    expect(readBy(schema, null)).toEqual({
      problem: 'Invalid type: Expected Object but received null',
    });
  });

  it('takes what cannot be read for a problem', () => {
    const hostile = {
      get state(): unknown {
        throw new Error('no');
      },
    };
    expect(readBy(v.strictObject({state: v.any()}), hostile)).toEqual({
      problem: 'it cannot be read: no',
    });
  });
});
