import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import type {AttackResult, AttackComponent, AttackWarning} from '../../src/core/attackResult';
import {attackLedger} from '../../src/metrics/attackLedger';
import {robustnessScore} from '../../src/metrics/robustnessReport';

const adversarial = tf.zeros([3, 1]);
afterAll(() => {
  adversarial.dispose();
});

const result = (more: Partial<AttackResult<tf.Tensor>> = {}): AttackResult<tf.Tensor> => ({
  adversarial,
  success: [false, false, false],
  distances: [0, 0, 0],
  cost: {forward: [1, 2, 3], backward: [4, 0, 1], queries: [0, 0, 7]},
  ...more,
});
const component = (name: string, success: boolean[], forward = 1): AttackComponent => ({
  ...{name, success},
  cost: {forward, backward: 2 * forward, queries: 3 * forward},
});
const warning = (code: string, message = code): AttackWarning => ({code, message, advice: 'Look.'});

const selection = {groups: {head: [0, 1]}, tail: [2]};

describe('attackLedger', () => {
  it('has nothing to say of attacks that return a tensor', () => {
    const ledger = attackLedger(3);
    expect(ledger.report([1, 1, 1], selection)).toStrictEqual({});
    ledger.add(adversarial, Int32Array.of(0, 1, 2));
    expect(ledger.report([1, 1, 1], selection)).toStrictEqual({});
  });

  it('adds up what was spent', () => {
    const ledger = attackLedger(3);
    ledger.add(result(), Int32Array.of(0, 1, 2));
    expect(ledger.report([1, 1, 1], selection)).toStrictEqual({
      cost: {forward: 6, backward: 5, queries: 7},
    });
    ledger.add(adversarial, Int32Array.of(0, 1, 2));
    ledger.add(result({cost: {forward: [10], backward: [20], queries: [30]}}), Int32Array.of(0));
    expect(ledger.report([1, 1, 1], selection)).toStrictEqual({
      cost: {forward: 16, backward: 25, queries: 37},
    });
  });

  it('knows the cost of no examples', () => {
    const ledger = attackLedger(2);
    ledger.add(result({cost: {forward: [], backward: [], queries: []}}), new Int32Array(0));
    expect(ledger.report([1, 1], {groups: {}, tail: null})).toStrictEqual({
      cost: {forward: 0, backward: 0, queries: 0},
    });
  });

  it('scores each part over all batches, per class, group and tail', () => {
    const ledger = attackLedger(3);
    ledger.add(
      result({
        components: [
          component('first', [false, true, false], 5),
          component('second', [true, true, false], 1),
        ],
      }),
      Int32Array.of(0, 0, 2),
    );
    ledger.add(
      result({
        components: [component('first', [false, false], 7), component('second', [false, true], 2)],
      }),
      Int32Array.of(0, 2),
    );
    const totals = [3, 0, 2];
    const {components} = ledger.report(totals, selection);
    expect(components).toStrictEqual([
      {
        name: 'first',
        ...robustnessScore([2, 0, 2], totals, selection),
        cost: {forward: 12, backward: 24, queries: 36},
      },
      {
        name: 'second',
        ...robustnessScore([1, 0, 1], totals, selection),
        cost: {forward: 3, backward: 6, queries: 9},
      },
    ]);
    expect(components?.[0]?.accuracy).toBe(4 / 5);
    expect(components?.[1]?.tail).toMatchObject({classes: [2], correct: 1, total: 2});
    expect(components?.[1]?.groups['head']).toMatchObject({correct: 1, total: 3});
  });

  it('lists each kind of warning once, the first of it', () => {
    const ledger = attackLedger(2);
    ledger.add(result({warnings: []}), new Int32Array(0));
    expect(ledger.report([1, 1], {groups: {}, tail: null}).warnings).toEqual([]);
    ledger.add(result({warnings: [warning('b', 'of batch 1'), warning('a')]}), new Int32Array(0));
    ledger.add(result(), new Int32Array(0));
    ledger.add(result({warnings: [warning('c'), warning('b', 'of batch 2')]}), new Int32Array(0));
    expect(ledger.report([1, 1], {groups: {}, tail: null}).warnings).toEqual([
      warning('b', 'of batch 1'),
      warning('a'),
      warning('c'),
    ]);
  });

  it('keeps one evaluation apart from the next', () => {
    attackLedger(2).add(result({components: [component('s', [true])]}), Int32Array.of(0));
    expect(attackLedger(2).report([1, 1], {groups: {}, tail: null})).toStrictEqual({});
  });

  it('goes on from what an earlier one held', () => {
    const truth = Int32Array.of(0, 1, 2);
    const full = result({
      components: [component('a', [true, false, false])],
      warnings: [warning('odd')],
      tallies: [],
    });
    const [whole, first] = [attackLedger(3), attackLedger(3)];
    for (let i = 0; i < 2; i++) whole.add(full, truth);
    first.add(full, truth);
    const saved = structuredClone(first.state());
    const second = attackLedger(3, saved);
    second.add(full, truth);
    expect(second.report([2, 2, 2], selection)).toEqual(whole.report([2, 2, 2], selection));
    expect(first.state()).toEqual(saved);
    expect(attackLedger(3, attackLedger(3).state()).report([1, 1, 1], selection)).toStrictEqual({});
  });

  it('is the same whether batches are added or what other ledgers held of them', () => {
    const batches = [
      adversarial,
      result({warnings: [warning('a', 'first'), warning('a', 'again')]}),
      result({
        warnings: [warning('b'), warning('a', 'later')],
        components: [component('x', [true, false, false])],
      }),
      result({
        components: [component('x', [false, false, true]), component('y', [false, true, true])],
      }),
    ];
    const truth = Int32Array.of(0, 1, 2);
    const gradients = {zero: 1, nonFinite: 0, total: 3};
    const whole = attackLedger(3);
    const parts = attackLedger(3);
    for (const batch of batches) {
      const part = attackLedger(3);
      for (const ledger of [whole, part]) {
        ledger.add(batch, truth);
        ledger.addGradients(gradients);
      }
      parts.absorb(structuredClone(part.state()));
    }
    const [one, other] = [whole, parts].map((ledger) => ledger.report([4, 4, 4], selection));
    expect(other).toStrictEqual(one);
    expect(one?.warnings?.map(({message}) => message).slice(0, 2)).toEqual(['first', 'b']);
    expect(one?.components?.map(({name, correct}) => [name, correct])).toEqual([
      ['x', 4],
      ['y', 1],
    ]);
    expect(parts.state()).toStrictEqual(whole.state());
  });
});
