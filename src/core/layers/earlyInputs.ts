import type * as tf from '@tensorflow/tfjs-core';

import {swap} from '../swap';
import {leavesOf} from './batchNorm';
import type {Layer, LayersModelLike} from './layersModel';
import {isOrdinary} from './structure';

interface Node {
  readonly inboundLayers: readonly Placed[];
}

/** A layer, and where it stands in the graph. */
interface Placed extends Layer {
  readonly inboundNodes?: readonly Node[];
  readonly outboundNodes?: readonly Node[];
}

const isAlone = (nodes: readonly Node[] | undefined): boolean => nodes?.length === 1;

/** Which inputs of a layer nothing else can see: what a known layer makes for it alone. */
function ownInputs(layer: Placed): readonly boolean[] {
  if (!isAlone(layer.inboundNodes) || !isOrdinary(layer)) return [];
  return (layer.inboundNodes?.[0]?.inboundLayers ?? []).map(
    (from) =>
      isAlone(from.inboundNodes) &&
      isAlone(from.outboundNodes) &&
      isOrdinary(from) &&
      from.getClassName() !== 'InputLayer',
  );
}

function disposeAfter(layer: Layer, owned: readonly boolean[]): () => void {
  const {call} = layer;
  const once: Layer['call'] = (inputs, kwargs) => {
    const output = call.call(layer, inputs, kwargs);
    const kept = new Set<tf.Tensor>([output].flat());
    [inputs].flat().forEach((input, i) => {
      if (owned[i] === true && !kept.has(input)) input.dispose();
    });
    return output;
  };
  return swap(layer, {call: once});
}

/**
 * Runs `body`, which calls the model in training mode, and disposes what goes from layer to layer as soon as its
 * only reader has read it. In inference tf.layers does so itself; in training it keeps everything to the end of the
 * pass. What operations save for their gradients stays.
 *
 * @param model - Is changed for the duration of the call only. Layers of the program's own, and those that it watches,
 *   are left alone.
 */
export function withEarlyInputs<T>(model: LayersModelLike, body: () => T): T {
  // All are looked at before the first is changed: a changed layer is not a known one.
  const found = leavesOf(model).map(({layer}) => ({layer, owned: ownInputs(layer)}));
  const undo = found.flatMap(({layer, owned}) =>
    owned.includes(true) ? [disposeAfter(layer, owned)] : [],
  );
  try {
    return body();
  } finally {
    for (const each of undo.reverse()) each();
  }
}
