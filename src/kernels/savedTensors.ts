import type * as tf from '@tensorflow/tfjs-core';

import {type MissingGradient, MissingGradientsError} from '../core/errors';

/** An operation on tfjs's tape, as far as it is used here. */
export interface TapeNode {
  readonly id: number;
  readonly kernelName: string;
  readonly inputs: tf.NamedTensorMap;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[];
  readonly gradient?: ((dys: tf.Tensor[]) => unknown) | undefined;
}

/** Why there is no gradient of a gradient. */
export const OF_GRADIENT: MissingGradient = {
  reason: 'the model computes a gradient itself, and this one has no gradient in turn',
  remedy:
    'Compute the inner gradient before the model is called, or give it a gradient of its own with ' +
    'tf.customGrad.',
};

/**
 * Ties what an operation has saved for its gradient to the operation, for gradients of gradients.
 * tfjs saves copies, and puts a copy of an output onto the tape before the operation that makes the
 * output: going forward it does not see that the copy depends on the input, and a gradient through
 * it (that of `exp`, `tanh`, `sigmoid`, softmax) silently loses a term. Copies of outputs go behind
 * the operation here. A copy of something within the operation has no gradient, and says so.
 *
 * @param tape - Its last node is the operation.
 */
export function tieSaved(tape: TapeNode[]): void {
  const node = tape.at(-1);
  if (!node) return;
  const copies = new Set((node.saved ?? []).map(({id}) => id));
  const outputs = new Set(node.outputs.map(({id}) => id));
  const inputs = new Set(Object.values(node.inputs).map(({id}) => id));
  for (let i = tape.length - 2; i >= 0 && copies.size > 0; i--) {
    const copy = tape[i] as TapeNode;
    const [made] = copy.outputs;
    if (made === undefined || !copies.delete(made.id)) continue;
    const source = copy.inputs['x'];
    if (source === undefined || inputs.has(source.id)) continue;
    tape.splice(i, 1);
    tape.push(outputs.has(source.id) ? copy : withoutGradient(node, copy));
  }
}

const withoutGradient = ({kernelName, inputs}: TapeNode, {id, outputs}: TapeNode): TapeNode => ({
  ...{id, kernelName, inputs, outputs, saved: []},
  gradient() {
    throw new MissingGradientsError(kernelName.replace(/__op$/, ''), OF_GRADIENT);
  },
});
