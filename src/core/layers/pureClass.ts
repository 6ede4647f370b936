import * as tf from '@tensorflow/tfjs-core';

/**
 * The class name of a layer, or of a model, where nobody has changed what it computes; else `undefined`. A
 * derived class without a name of its own has the name of its base.
 */
export function pureClass(layer: object): string | undefined {
  const made: object = layer.constructor;
  if (!Object.hasOwn(made, 'className') || !('className' in made)) return undefined;
  const isChanged = Object.hasOwn(layer, 'call') || Object.hasOwn(layer, 'apply');
  return isChanged ? undefined : String(made.className);
}

/** The class that stands in tfjs's registry under a name, where tf.layers puts its own. */
export const registeredClass = (name: string): object | undefined =>
  tf.serialization.SerializationMap.getMap().classNameMap[name]?.[0];
