import type * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';

import {countSchema, tensorSchema} from '../core/savedSchemas';
import type {OptimizerState} from './trainerState';

const SLOT = /^#(\d+)(?=\/|$)(.*)$/;

/**
 * What an optimizer remembers: a step count, and momenta of the model's variables.
 *
 * @param variables - The model's, in its order.
 * @param fresh - What an optimizer of this kind remembers before its first step.
 */
export const optimizerSchema = (variables: readonly tf.Variable[], fresh: OptimizerState) =>
  v.pipe(
    v.array(
      v.pipe(
        v.strictObject({name: v.string(), ...tensorSchema.pipe[0].entries}),
        v.check(
          ({shape, values}) => v.is(tensorSchema, {shape, values}),
          'values that are not of its shape',
        ),
        v.check(({values}) => values.every(Number.isFinite), 'values that are not finite'),
        v.check(({name, shape, values}) => {
          if (name === 'iter') return values.length === 1 && v.is(countSchema, values[0]);
          const slot = SLOT.exec(name);
          return slot === null || String(variables[Number(slot[1])]?.shape) === String(shape);
        }, 'a momentum of no variable of the model, or no step count'),
      ),
    ),
    v.check(
      (slots) => fresh.every(({name}, i) => slots[i]?.name === name),
      'no step count where this optimizer has one',
    ),
    v.check(
      (slots) => new Set(slots.map(({name}) => name)).size === slots.length,
      'a momentum twice',
    ),
    v.check((slots) => areWhole(slots), 'momenta of other variables for each kind'),
  );

// Adam keeps two momenta for each variable; a state with half of them is invalid.
function areWhole(slots: readonly {readonly name: string}[]): boolean {
  const kinds = new Map<string, string[]>();
  for (const {name} of slots) {
    const slot = SLOT.exec(name);
    if (slot === null) continue;
    const [, position = '', kind = ''] = slot;
    kinds.set(kind, [...(kinds.get(kind) ?? []), position]);
  }
  return new Set([...kinds.values()].map((positions) => String(positions.sort()))).size <= 1;
}
