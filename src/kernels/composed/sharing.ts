import type * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

interface CountingBackend {
  incRef(dataId: object): void;
}

function shared({dataId, shape, dtype}: tf.Tensor, backend: object): tf.TensorInfo {
  (backend as CountingBackend).incRef(dataId);
  return {dataId, shape, dtype};
}

/**
 * Identity without copying, as other backends do it; wasm's own copies, also what tfjs saves for
 * the backward pass. The copy of a weight then is known by the same data, too.
 */
export const identity: Kernel = ({inputs, backend}, shipped) => {
  const x = inputs['x'] as tf.Tensor;
  if (x.dtype === 'string') return (shipped as tf.KernelFunc)({inputs, backend}) as tf.TensorInfo;
  return shared(x, backend);
};

/** Cast, without copying where the type stays. */
export const cast: Kernel<tf.CastAttrs> = (call, shipped) => {
  const x = call.inputs['x'] as tf.Tensor;
  return x.dtype === call.attrs.dtype && x.dtype !== 'string'
    ? shared(x, call.backend)
    : ((shipped as tf.KernelFunc)(call as never) as tf.TensorInfo);
};
