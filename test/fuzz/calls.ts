import type {Call} from './call';
import {ATTACKS, CORE, LOSSES, METHODS, SAMPLERS, TRAINING} from './registry';
import {DATA} from './rooms/data';
import {MODELS} from './rooms/models';
import {NODE} from './rooms/node';
import {KERNELS, PRESETS, REGISTRY, REPORT, SHARDS, THEORY} from './rooms/pages';
import {QUEUE} from './rooms/queue';
import {TESTING} from './rooms/testing';

/** A valid call of every public function. */
export const CALLS: readonly Call[] = [
  ...ATTACKS,
  ...LOSSES,
  ...METHODS,
  ...TRAINING,
  ...SAMPLERS,
  ...CORE,
  ...SHARDS,
  ...DATA,
  ...MODELS,
  ...NODE,
  ...REPORT,
  ...THEORY,
  ...PRESETS,
  ...REGISTRY,
  ...KERNELS,
  ...TESTING,
  ...QUEUE,
];
