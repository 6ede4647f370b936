import {runInNewContext} from 'node:vm';

import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {InvalidArgumentError} from '../../src/core/errors';
import {isPlainObject, withDefaults, type Defaults} from '../../src/core/options';

const DEFAULTS = {steps: 10, stepSize: 0.5, rng: undefined as object | undefined};
const loose = (options: object) => withDefaults('pgdAttack', DEFAULTS, options);

describe('withDefaults', () => {
  it('fills what is missing, and what is given as undefined', () => {
    expect(withDefaults('f', DEFAULTS, {})).toEqual({steps: 10, stepSize: 0.5, rng: undefined});
    expect(withDefaults('f', DEFAULTS, {steps: undefined}).steps).toBe(10);
  });

  it('keeps what is given, also where it is falsy', () => {
    const rng = createRng(1);
    expect(withDefaults('f', DEFAULTS, {steps: 0, rng})).toEqual({steps: 0, stepSize: 0.5, rng});
    expect(withDefaults('f', {clip: [0, 1] as number[] | null}, {clip: null}).clip).toBeNull();
  });

  it('takes null where the default is null, or null has a meaning, and nowhere else', () => {
    const nullable = {layer: null as string | null, steps: 1};
    expect(withDefaults('f', nullable, {layer: null})).toEqual({layer: null, steps: 1});
    expect(() => withDefaults('f', nullable, {steps: null as never})).toThrow(
      'f: "steps" must be something, found null. ' +
        'Give it one; an option that has a default may be left out.',
    );
    expect(() => withDefaults('f', DEFAULTS, {rng: null as never})).toThrow(
      'f: "rng" must be some',
    );
  });

  it('does not change the defaults', () => {
    withDefaults('f', DEFAULTS, {steps: 3});
    expect(DEFAULTS.steps).toBe(10);
  });

  it('refuses what is no object: it would count as no options', () => {
    for (const [given, found] of [
      [0.1, '0.1'],
      ['l2', "'l2'"],
      [null, 'null'],
      [undefined, 'undefined'],
    ] as const) {
      expect(() => loose(given as unknown as object)).toThrow(
        `pgdAttack: "options" must be a plain object, found ${found}. Pass {steps: ...}.`,
      );
    }
  });

  it('refuses an unknown name and knows a misspelling', () => {
    expect(() => loose({stepsize: 1})).toThrow(InvalidArgumentError);
    expect(() => loose({stepsize: 1})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: pgdAttack: "stepsize" must be one of its options (steps, stepSize, rng), found an unknown name. Did you mean "stepSize"?]`,
    );
    expect(() => loose({eps: 1})).toThrow(/"eps" must .* Check the spelling\./);
    expect(() => loose({step_size: 1})).toThrow(/Did you mean "stepSize"\?/);
    // What other libraries call it, where there is one of that meaning.
    expect(() => loose({alpha: 1})).toThrow(/Did you mean "stepSize"\?/);
    expect(() => loose({seed: 1})).toThrow(/Did you mean "rng"\?/);
    expect(() => loose({constructor: 1})).toThrow(/"constructor" must .* Check the spelling\./);
    expect(() => loose({toString: 1})).toThrow(/"toString" must be one of its options/);
    expect(() => loose({eps: undefined})).toThrow(/"eps"/);
  });
});

describe('what other libraries call an option', () => {
  const all = {steps: 1, targets: 1, rng: 1, learningRate: 1, onEpoch: 1, attacks: 1, epsilon: 1};

  it.each([
    ...['iterations', 'iters', 'numIter', 'maxIterations'].map((name) => [name, 'steps']),
    ...['targeted', 'target'].map((name) => [name, 'targets']),
    ...['seed', 'randomSeed'].map((name) => [name, 'rng']),
    ...['version', 'attack'].map((name) => [name, 'attacks']),
    ...[['eps', 'epsilon'], ['lr', 'learningRate'], ['callbacks', 'onEpoch']], // prettier-ignore
  ] as [string, string][])('%s is %s', (name, meant) => {
    expect(() => withDefaults('f', all, {[name]: 1})).toThrow(`Did you mean "${meant}"?`);
  });
});

describe('isPlainObject', () => {
  class Settings {
    readonly steps = 1;
  }
  const revoked = () => {
    const {proxy, revoke} = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  it.each<[string, unknown, boolean]>([
    ['{}', {}, true],
    ['{a: 1}', {a: 1}, true],
    ['Object.create(null)', Object.create(null), true],
    ['an object of another realm', runInNewContext('({a: 1})'), true],
    ['an instance', new Settings(), false],
    ['an object of an object with entries', Object.create({a: 1}), false],
    ['an object of an object', Object.create(Object.create({}) as object), false],
    ['a Map', new Map(), false],
    ['an array', [], false],
    ['a function', () => 1, false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a text', 'a', false],
    ['a proxy that is gone', revoked(), false],
  ])('of %s', (_, value, expected) => {
    expect(isPlainObject(value)).toBe(expected);
  });
});

describe('Defaults', () => {
  interface Options {
    readonly name: string;
    readonly steps?: number | undefined;
    readonly rng?: object | undefined;
  }

  it('has an entry for every option, undefined only where there is no default', () => {
    const defaults: Defaults<Options, 'rng'> = {name: '', steps: 10, rng: undefined};
    const settings = withDefaults('f', defaults, {name: 'a'});
    const steps: number = settings.steps;
    expect([steps, settings.rng]).toEqual([10, undefined]);
    // @ts-expect-error a missing default
    const missing: Defaults<Options, 'rng'> = {name: '', rng: undefined};
    // @ts-expect-error undefined where there is to be a default
    const none: Defaults<Options> = {name: '', steps: 10, rng: undefined};
    // @ts-expect-error a default of no option
    const more: Defaults<Options, 'rng'> = {name: '', steps: 1, rng: undefined, step: 1};
    expect([missing, none, more]).toHaveLength(3);
  });
});
