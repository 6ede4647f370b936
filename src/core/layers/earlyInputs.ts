import type * as tf from '@tensorflow/tfjs-core';

import {swap} from '../swap';
import {
  isLayersModel,
  type Layer,
  type LayersModelLike,
  type Symbolic,
  symbolicOutputs,
} from './layersModel';
import {isOrdinary, knownModels} from './structure';

/** A layer that its model calls once, and where its inputs come from. */
interface Call {
  readonly layer: Layer;
  /** Of each input, the layer that makes it for nothing but this call; `undefined` where others may see it. */
  readonly makers: readonly (Layer | undefined)[];
}

/** The calls of known layers of one model, from its outputs backwards. */
function callsOf(model: LayersModelLike): readonly Call[] {
  const outputs = symbolicOutputs(model);
  const readers = new Map<Symbolic, number>();
  const calls = new Map<object, Symbolic[]>();
  const seen = new Set<Symbolic>();
  const waiting = [...outputs];
  for (let symbolic = waiting.pop(); symbolic; symbolic = waiting.pop()) {
    if (seen.has(symbolic)) continue;
    seen.add(symbolic);
    const {sourceLayer, inputs} = symbolic;
    calls.set(sourceLayer, [...(calls.get(sourceLayer) ?? []), symbolic]);
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
    waiting.push(...inputs);
  }
  const isOnce = (layer: object): layer is Layer =>
    calls.get(layer)?.length === 1 && !isLayersModel(layer) && isOrdinary(layer);
  const makerOf = (symbolic: Symbolic): Layer | undefined => {
    const {sourceLayer: maker} = symbolic;
    if (readers.get(symbolic) !== 1 || outputs.includes(symbolic)) return undefined;
    return isOnce(maker) && maker.getClassName() !== 'InputLayer' ? maker : undefined;
  };
  return [...calls].flatMap(([layer, [symbolic]]) =>
    symbolic && isOnce(layer) ? [{layer, makers: symbolic.inputs.map(makerOf)}] : [],
  );
}

/** Layers in more than one of the models are left alone. */
function inOne(calls: readonly Call[]): readonly Call[] {
  const counts = new Map<Layer, number>();
  for (const {layer} of calls) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  return calls.filter(({layer}) => counts.get(layer) === 1);
}

/**
 * Runs `body`, which calls the model in training mode, and disposes what goes from layer to layer as soon as its
 * only reader has read it. In inference tf.layers does so itself; in training it keeps everything to the end of the
 * pass. What operations save for their gradients stays.
 *
 * @param model - Is changed for the duration of the call only. Models and layers of the program's own, those that it
 *   watches, and outputs of models within the model are left alone.
 */
export function withEarlyInputs<T>(model: LayersModelLike, body: () => T): T {
  // All are looked at before the first is changed: a changed layer is not a known one.
  const calls = inOne((knownModels(model) ?? []).flatMap(callsOf));
  // Whoever else calls a layer, with a tensor of its own, keeps it.
  const made = new WeakMap<tf.Tensor, Layer>();
  const undo = calls.map(({layer, makers}) => {
    const {call} = layer;
    const once: Layer['call'] = (inputs, kwargs) => {
      const output = call.call(layer, inputs, kwargs);
      const outputs = [output].flat();
      [inputs].flat().forEach((input, i) => {
        const maker = makers[i];
        if (maker && made.get(input) === maker && !outputs.includes(input)) input.dispose();
      });
      for (const each of outputs) made.set(each, layer);
      return output;
    };
    return swap(layer, {call: once});
  });
  try {
    return body();
  } finally {
    for (const each of undo.reverse()) each();
  }
}
