/**
 * SGD with PyTorch's semantics, and learning-rate schedules.
 *
 * @packageDocumentation
 */

export {SgdOptimizer, sgd, type SgdOptions} from './sgd';
export {
  cosine,
  multiStep,
  oneCycle,
  warmup,
  type CosineOptions,
  type MultiStepOptions,
  type OneCycleOptions,
  type Schedule,
  type SchedulePosition,
  type WarmupOptions,
} from './schedules';
