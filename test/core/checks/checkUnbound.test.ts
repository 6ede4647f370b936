import {runInThisContext} from 'node:vm';

import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {checkUnbound} from '../../../src/core/checks/checkUnbound';

class Net {
  readonly weight = 2;

  predict(x: number): number {
    return this.weight * x;
  }

  // It has its object wherever it goes.
  readonly arrow = (x: number): number => this.weight * x;
}

const net = new Net();
const model = tfl.sequential();
// A function of a script, as its source stands.
const script = (body: string) => runInThisContext(`(function (x) { ${body} })`) as object;

describe('checkUnbound', () => {
  it.each<[string, object, string]>([
    ['of a class', net.predict, 'weight'],
    ['of tf.layers, predict', model.predict, 'model'],
    ['of tf.layers, apply', model.apply, 'assertNotDisposed'],
    // As compilers for old engines write it.
    ['compiled', script('if (!x) { x = 1; } return this.net.run(x);'), 'net'],
  ])('refuses a method without its object: %s', (_, method, property) => {
    expect(() => {
      checkUnbound('f', method);
    }).toThrow(`found a method without its object: it reads this.${property}.`);
  });

  it.each<[string, object]>([
    ['an arrow function', net.arrow],
    ['a bound method', net.predict.bind(net)],
    ['a call', (x: number) => net.predict(x)],
    ['a function', script('return x;')],
    ['this in comments', script('// this.net is fine\n/* this.too */ return x;')],
    ['this in texts', script('const s = "this.net" + `this.too`; return x;')],
    ['this of a class within', script('class A { f() { return this.a; } } return x;')],
    ['this of a function within', script('const f = function () { this.a = 1; };')],
    ['the global object', script('return this.Math.abs(x);')],
    ['an arrow with a body', runInThisContext('(x) => { return this.a + x; }') as object],
    ['a built-in function', Math.abs],
  ])('lets %s pass', (_, fn) => {
    expect(() => {
      checkUnbound('f', fn);
    }).not.toThrow();
  });
});
