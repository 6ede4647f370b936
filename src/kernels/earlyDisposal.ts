import * as tf from '@tensorflow/tfjs-core';

import type {TapeNode} from './savedTensors';

type Thunks = Record<string, () => tf.Tensor>;

/** An operation on tfjs's tape, whose gradient may be replaced. */
interface Node extends TapeNode {
  gradient?: (this: TapeNode, dys: (tf.Tensor | null)[]) => Thunks;
}

/** Whether a tensor was made in this scope, which would dispose it at its end. */
const isOf = (scope: number, tensor: tf.Tensor): boolean =>
  'scopeId' in tensor && tensor.scopeId === scope && !('kept' in tensor && tensor.kept);

// Of the backward pass that is running: inputs that have a gradient already, and gradients that are added to
// one when the next operation begins. Backward passes are synchronous, so one variable is enough.
let running: {scope: number; known: Set<number>; added: tf.Tensor[]} = {
  scope: NaN,
  known: new Set(),
  added: [],
};

function passOf(scope: number): typeof running {
  if (running.scope !== scope) running = {scope, known: new Set(), added: []};
  return running;
}

/**
 * Makes an operation dispose, as soon as its gradients are computed, what it has saved for them and the gradient
 * to its output. tfjs keeps all of that to the end of the backward pass: activations and their gradients at
 * the same time, twice of what is needed. Gradients of gradients keep it, too, since they read it again.
 *
 * @param node - On the tape, with the gradient that it is to have.
 */
export function disposeEarly(node: TapeNode): void {
  const own = node as Node;
  const {gradient} = own;
  if (!gradient) return;
  own.gradient = function (dys) {
    const {activeScope, gradientDepth} = tf.engine().state;
    const thunks = gradient.call(this, dys);
    if (gradientDepth > 0 || activeScope === null) return thunks;
    const pass = passOf(activeScope.id);
    tf.dispose(pass.added.splice(0));
    const over = new Set<tf.Tensor>(this.saved);
    for (const dy of dys) if (dy !== null && isOf(activeScope.id, dy)) over.add(dy);
    // Those that lead to what is asked for.
    const inputs = Object.entries(this.inputs);
    let left = inputs.length;
    const watched = inputs.flatMap(([name, input]) => {
      const thunk = thunks[name];
      if (thunk === undefined) return []; // tfjs says so
      const compute = (): tf.Tensor => {
        const dx = thunk();
        over.delete(dx); // handed on as it is
        if (--left === 0) tf.dispose([...over]);
        const scope = (tf.engine().state.activeScope as typeof activeScope | null)?.id ?? NaN;
        if (pass.known.has(input.id) && isOf(scope, dx)) pass.added.push(dx);
        pass.known.add(input.id);
        return dx;
      };
      return [[name, compute] as const];
    });
    return {...thunks, ...Object.fromEntries(watched)};
  };
}
