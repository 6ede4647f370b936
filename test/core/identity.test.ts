import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {asClassifier, asTrainableClassifier} from '../../src/core/classifier';
import {differencesOf, identityOf, withIdentity} from '../../src/core/identity';
import {createRng} from '../../src/core/rng';
import {denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

describe('identityOf', () => {
  it('keeps plain data, without what is undefined', async () => {
    const value = {a: 1, b: ['x', true, null], c: {d: -0.5}, e: undefined, f: Infinity};
    expect(await identityOf(value)).toEqual({
      ...{a: 1, b: ['x', true, null], c: {d: -0.5}, f: 'Infinity'},
    });
    expect(await identityOf(undefined)).toBeNull();
  });

  it('hashes typed arrays and tensors by type, shape and values', async () => {
    const [row, column, other] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[1], [2]]), tf.tensor2d([[1, 3]])]; // prettier-ignore
    const values = [Float32Array.of(1), Float32Array.of(2), Int32Array.of(1), row, column, other];
    const identities = await Promise.all(values.map(identityOf));
    expect(new Set(identities).size).toBe(values.length);
    expect(await identityOf(Float32Array.of(1))).toBe(identities[0]);
    tf.dispose([row, column, other]);
  });

  it('knows functions by name and source, or by what they were said to be', async () => {
    const double = (x: number) => 2 * x;
    const triple = (x: number) => 3 * x;
    expect(await identityOf(double)).toMatch(/^function double [0-9a-f]{16}$/);
    expect(await identityOf(double)).not.toEqual(await identityOf(triple));
    const four = {times: (x: number) => 4 * x};
    const five = {times: (x: number) => 5 * x};
    expect(await identityOf(four.times)).not.toEqual(await identityOf(five.times));
    expect(await identityOf((x: number) => x)).toMatch(/^function {2}[0-9a-f]{16}$/);
    const named = withIdentity((x: number) => 4 * x, {name: 'times', factor: 4, inner: double});
    expect(await identityOf({named})).toEqual({
      named: {name: 'times', factor: 4, inner: await identityOf(double)},
    });
  });

  it('knows a generator by its seed and its position', async () => {
    const [rng, same, other] = [createRng(7), createRng(7), createRng(8)];
    const identity = await identityOf({rng});
    expect(await identityOf({rng: same})).toEqual(identity);
    expect(identity).toEqual({rng: `generator ${rng.state().join(' ')}`});
    expect(await identityOf({rng: other})).not.toEqual(identity);
    expect(await identityOf({rng: rng.fork('a')})).not.toEqual(identity);
    same.uniform();
    expect(await identityOf({rng: same})).not.toEqual(identity);
  });

  it('knows a model by its weights and statistics, in every form', async () => {
    const [net, same, other] = [denseNet(), denseNet(), denseNet({seed: 2})];
    await expectNoLeak(async () => {
      const identity = await identityOf(net);
      expect(identity).toMatch(/^model [0-9a-f]{16}$/);
      expect(await identityOf(same)).toBe(identity);
      expect(await identityOf(asTrainableClassifier(net))).toBe(identity);
      expect(await identityOf(asClassifier(net))).toBe(identity);
      expect(await identityOf(other)).not.toBe(identity);
    });
    const moved = asTrainableClassifier(same).statistics[0] as tf.Variable;
    tf.tidy(() => {
      moved.assign(tf.add(moved, 1));
    });
    expect(await identityOf(same)).not.toBe(await identityOf(net));
    for (const model of [net, same, other]) model.dispose();
  });
});

describe('withIdentity', () => {
  it('marks objects and functions, and gives them back', async () => {
    const marked = {epsilon: 1};
    expect(withIdentity(marked, 'mine')).toBe(marked);
    expect(await identityOf(marked)).toBe('mine');
    const attack = () => 1;
    expect(withIdentity(attack, {name: 'pgd'})).toBe(attack);
    expect(await identityOf(attack)).toEqual({name: 'pgd'});
  });

  it.each([
    [3, '3'],
    ['pgd', "'pgd'"],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'true'],
  ])('refuses %o', (value, found) => {
    expect(() => withIdentity(value as never, 'x')).toThrow(
      `withIdentity: "value" must be an object or a function, found ${found}. ` +
        'Numbers and texts stand for themselves.',
    );
  });
});

describe('differencesOf', () => {
  it('names the deepest fields that differ, with both sides', () => {
    const saved = {method: {name: 'pgd', epsilon: 0.1, list: [1, 2]}, seed: [1, 2], old: true};
    const now = {method: {name: 'pgd', epsilon: 0.3, list: [1, 2]}, seed: [1, 3], fresh: 'x'};
    expect(differencesOf(saved, now)).toEqual([
      {field: 'method.epsilon', saved: 0.1, now: 0.3},
      {field: 'seed', saved: [1, 2], now: [1, 3]},
      {field: 'old', saved: true, now: undefined},
      {field: 'fresh', saved: undefined, now: 'x'},
    ]);
    expect(differencesOf(saved, structuredClone(saved))).toEqual([]);
    expect(differencesOf('a', 'b')).toEqual([{field: '', saved: 'a', now: 'b'}]);
  });
});
