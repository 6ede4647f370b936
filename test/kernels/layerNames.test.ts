import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {currentLayer, trackLayers} from '../../src/kernels/layerNames';

/** A layer that says which layer is being run. */
class Asking extends layers.layers.Layer {
  static readonly className = 'Asking';
  readonly seen: (string | undefined)[] = [];

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.seen.push(currentLayer());
    if (this.seen.length === 3) throw new Error('amid');
    return (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
  }
}

describe('trackLayers', () => {
  it('does nothing where tf.layers is not loaded', () => {
    const classes = tf.serialization.SerializationMap.getMap().classNameMap as Record<
      string,
      unknown
    >;
    const {Dense} = classes;
    delete classes['Dense'];
    try {
      const undo = trackLayers();
      expect(currentLayer()).toBeUndefined();
      undo();
    } finally {
      classes['Dense'] = Dense;
    }
  });

  it('knows the innermost layer while it runs, and is undone', () => {
    const asking = new Asking({name: 'inner'});
    const input = layers.input({shape: [2]});
    const model = layers.model({
      inputs: input,
      outputs: asking.apply(input) as layers.SymbolicTensor,
    });
    const x = tf.ones([1, 2]);
    model.apply(x);
    const undo = trackLayers();
    model.apply(x);
    expect(() => model.apply(x)).toThrow('amid');
    expect(currentLayer()).toBeUndefined();
    undo();
    model.apply(x);
    expect(asking.seen).toEqual([undefined, 'inner', 'inner', undefined]);
    // By itself, and three deep.
    const again = trackLayers();
    asking.apply(x);
    const nested = layers.model({
      inputs: input,
      outputs: model.apply(input) as layers.SymbolicTensor,
    });
    asking.seen.length = 0;
    nested.apply(x);
    again();
    expect(asking.seen.at(-1)).toBe('inner');
  });
});
