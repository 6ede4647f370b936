// `tf` as fences have it: tfjs-core, and of tfjs-layers what makes models.
export * from '@tensorflow/tfjs-core';
export {
  LayersModel,
  Sequential,
  initializers,
  input,
  layers,
  loadLayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
