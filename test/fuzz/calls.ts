import type {Call} from './call';
import {ATTACKS} from './rooms/attacks';
import {CORE} from './rooms/core';
import {DATA} from './rooms/data';
import {DIAGNOSTICS} from './rooms/diagnostics';
import {KERNELS} from './rooms/kernels';
import {LOSSES} from './rooms/losses';
import {MATH} from './rooms/math';
import {METHODS} from './rooms/methods';
import {METRICS} from './rooms/metrics';
import {MODELS} from './rooms/models';
import {NODE} from './rooms/node';
import {OPTIMIZERS} from './rooms/optimizers';
import {PRESETS} from './rooms/presets';
import {QUEUE} from './rooms/queue';
import {REGISTRY} from './rooms/registry';
import {REPORT} from './rooms/report';
import {SAMPLERS} from './rooms/samplers';
import {TESTING} from './rooms/testing';
import {THEORY} from './rooms/theory';
import {TRAINING} from './rooms/training';

/** A valid call of every public function: those of a room of src stand in the file of its name in `rooms`. */
export const CALLS: readonly Call[] = [
  ...ATTACKS,
  ...LOSSES,
  ...METHODS,
  ...TRAINING,
  ...OPTIMIZERS,
  ...SAMPLERS,
  ...CORE,
  ...MATH,
  ...DIAGNOSTICS,
  ...METRICS,
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
