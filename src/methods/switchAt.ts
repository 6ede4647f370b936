import type * as tf from '@tensorflow/tfjs-core';

import {checkMethod} from '../core/checks/checkParts';
import type {CheckpointValue} from '../core/checkpoint';
import {checkNumber} from '../core/checks/checkNumber';
import {withIdentity} from '../core/identity';
import type {TrainingMethod} from '../core/trainingMethod';

/** What {@link switchAt} remembers: the memories of both methods. */
export type SwitchMemory = {
  /** Of the method before the switch; `null` if it has none. */
  readonly before: CheckpointValue;
  /** Of the method from the switch on; `null` if it has none. */
  readonly after: CheckpointValue;
};

/**
 * Trains by one method first and by another from some epoch on: deferred re-weighting, TAET's two
 * stages, a warm-up without attack.
 *
 * @param epoch - The first epoch, counted from 1, of the second method; 1 never uses the first.
 * @param before - The method up to the epoch before.
 * @param after - The method from that epoch on.
 * @returns The method. Its memory is that of both; each keeps its own while the other trains.
 * @throws {@link InvalidArgumentError} if the epoch is no integer of at least 1.
 * @example
 * ```ts
 * import {naturalTraining, pgdTraining, switchAt} from 'lt-robust';
 *
 * // Clean training for ten epochs, then PGD adversarial training.
 * const method = switchAt(11, naturalTraining(), pgdTraining());
 * ```
 */
export function switchAt<I extends tf.Tensor>(
  epoch: number,
  before: TrainingMethod<I>,
  after: TrainingMethod<I>,
): TrainingMethod<I> {
  checkNumber('switchAt', 'epoch', epoch, {min: 1, integer: true});
  checkMethod('switchAt', 'before', before);
  checkMethod('switchAt', 'after', after);
  const stageAt = (current: number) => (current < epoch ? 'before' : 'after');
  const methods = {before, after};
  const numClasses = before.numClasses ?? after.numClasses;
  const initial: SwitchMemory = {
    before: before.memory?.initial ?? null,
    after: after.memory?.initial ?? null,
  };
  const method: TrainingMethod<I, SwitchMemory> = {
    numClasses,
    objective: (step) => {
      const stage = stageAt(step.epoch);
      return methods[stage].objective({...step, memory: step.memory[stage]});
    },
    memory: {
      initial,
      next(memory, seen, at) {
        const stage = stageAt(at.epoch);
        const own = methods[stage].memory;
        return own === undefined ? memory : {...memory, [stage]: own.next(memory[stage], seen, at)};
      },
      accepts: (memory) =>
        (['before', 'after'] as const).every((stage) => {
          const own = methods[stage].memory;
          const part = partOf(memory, stage);
          return own === undefined ? part === null : own.accepts?.(part) !== false;
        }),
    },
  };
  const hasMemory = before.memory !== undefined || after.memory !== undefined;
  const bare: TrainingMethod<I> = {
    numClasses,
    objective: (step) => methods[stageAt(step.epoch)].objective(step),
  };
  return withIdentity(hasMemory ? method : bare, {name: 'switchAt', epoch, before, after});
}

const partOf = (memory: CheckpointValue, stage: keyof SwitchMemory): CheckpointValue =>
  typeof memory === 'object' && memory !== null && stage in memory
    ? (Object.entries(memory).find(([name]) => name === stage)?.[1] ?? null)
    : null;
