import type * as tf from '@tensorflow/tfjs-core';

import {type Kernel, runShipped} from './kernel';

interface CountingBackend {
  incRef(dataId: object): void;
}

function shared({dataId, shape, dtype}: tf.Tensor, backend: object): tf.TensorInfo {
  (backend as CountingBackend).incRef(dataId);
  return {dataId, shape, dtype};
}

/**
 * Identity without copying, as on other backends; wasm's own kernel copies, even what tfjs saves
 * for the backward pass. Without it, the copy of a weight is also recognised by its data.
 */
export const identity: Kernel<unknown, {x: tf.Tensor}> = ({inputs, backend}, shipped) => {
  const x = inputs.x;
  if (x.dtype === 'string') return (shipped as tf.KernelFunc)({inputs, backend}) as tf.TensorInfo;
  return shared(x, backend);
};

/** Cast, without copying where the type stays. */
export const cast: Kernel<tf.CastAttrs, {x: tf.Tensor}> = (call, shipped) => {
  const x = call.inputs.x;
  return x.dtype === call.attrs.dtype && x.dtype !== 'string'
    ? shared(x, call.backend)
    : runShipped(shipped, call);
};
