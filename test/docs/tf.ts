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
} from '@tensorflow/tfjs-layers';
