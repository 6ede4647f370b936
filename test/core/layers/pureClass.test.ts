import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pureClass, registeredClass} from '../../../src/core/layers/pureClass';

const dense = () => tfl.layers.dense({units: 2});

describe('pureClass', () => {
  it('names the class of a layer and of a model', () => {
    expect(pureClass(dense())).toBe('Dense');
    expect(
      pureClass(tfl.sequential({layers: [tfl.layers.dense({units: 1, inputShape: [2]})]})),
    ).toBe('Sequential');
  });

  it('names no layer that somebody has changed', () => {
    const [called, applied] = [dense(), dense()];
    called.call = (x) => (Array.isArray(x) ? x : [x]);
    applied.apply = applied.apply.bind(applied);
    expect(pureClass(called)).toBeUndefined();
    expect(pureClass(applied)).toBeUndefined();
  });

  it('names no class that has its name from another, and none without one', () => {
    const Dense = dense().constructor as new (config: object) => object;
    class Mine extends Dense {}
    expect(pureClass(new Mine({units: 2}))).toBeUndefined();
    expect(pureClass({})).toBeUndefined();
  });
});

describe('registeredClass', () => {
  it("finds tf.layers' own, and one that a program puts in its place", () => {
    expect(registeredClass('Dense')).toBe(dense().constructor);
    expect(registeredClass('NoSuchLayer')).toBeUndefined();
    class Own extends tfl.layers.Layer {
      static readonly className = 'OwnOfPureClass';
    }
    tf.serialization.registerClass(Own);
    expect(registeredClass('OwnOfPureClass')).toBe(Own);
  });
});
