import type {Call} from './call';
import {ATTACKS, CORE, LOSSES, METHODS, SAMPLERS, TRAINING} from './registry';

/** A valid call of every public function. */
export const CALLS: readonly Call[] = [
  ...ATTACKS,
  ...LOSSES,
  ...METHODS,
  ...TRAINING,
  ...SAMPLERS,
  ...CORE,
];
