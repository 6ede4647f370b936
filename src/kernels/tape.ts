import * as tf from '@tensorflow/tfjs-core';

import {swap} from '../core/swap';
import {recordedGradient} from './composed/fusedGradients';
import {disposeEarly} from './earlyDisposal';
import {currentLayer} from './layerNames';
import {hasOwnGradient} from './registries';
import {type TapeNode, tieSaved} from './savedTensors';
import {dropImage, dropShapesOnly} from './unreadSaved';

type AddTapeNode = (
  name: string,
  inputs: tf.NamedTensorMap,
  outputs: tf.Tensor[],
  gradient: tf.GradConfig['gradFunc'] | undefined,
  ...rest: unknown[]
) => void;

interface Engine {
  addTapeNode?: AddTapeNode;
  readonly state: {readonly activeTape?: TapeNode[] | null; readonly gradientDepth?: number};
}

const engineOf = () => tf.engine() as unknown as Engine;

/** Whether operations are put on a tape now; while a gradient is computed, that of another gradient. */
export const isTaping = (): boolean => (engineOf().state.gradientDepth ?? 1) > 0;

const HOOKED = Symbol.for('lt-robust.tape');

const layers = new Map<string, string>();
const keyOf = (operation: string) => operation.replace(/__op$/, '').toLowerCase();

/** The layer of tf.layers in which an operation was put on the tape last. */
export const layerOf = (operation: string): string | undefined => layers.get(keyOf(operation));

/**
 * Gives tfjs's tape the gradients of fused operations that their kernels recorded, notes the layers
 * of operations, ties to an operation what it has saved, and lets it dispose that early. A fused operation whose
 * kernel is not this library's keeps the gradient of tfjs; so do all where a future engine has no such method.
 *
 * @returns Puts the engine back as it was.
 */
export function hookTape(): () => void {
  const engine = engineOf();
  const original = engine.addTapeNode;
  layers.clear();
  if (!original || HOOKED in original) return () => undefined;
  const hook: AddTapeNode = (name, inputs, outputs, gradient, ...rest) => {
    const layer = currentLayer();
    if (layer !== undefined) layers.set(keyOf(name), layer);
    const own = recordedGradient(name, inputs);
    original.call(engine, name, inputs, outputs, own ?? gradient, ...rest);
    const tape = engine.state.activeTape ?? [];
    const node = tape.at(-1);
    if (!node) return;
    disposeEarly(node);
    tieSaved(tape);
    dropShapesOnly(node);
    const isLazy = own !== undefined || hasOwnGradient(name);
    if (isLazy && tf.getBackend() === 'wasm') dropImage(node);
  };
  const restore = swap(engine, {addTapeNode: Object.assign(hook, {[HOOKED]: true})});
  return () => {
    if (engine.addTapeNode === hook) restore(); // else somebody else's by now
  };
}
