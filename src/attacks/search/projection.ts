import type * as tf from '@tensorflow/tfjs-core';

import type {ThreatModel} from '../../core/threatModel';
import {ballProjection} from '../../math/ball';
import {latticeProjection} from '../../math/lattice';

/**
 * The projection that every iterate goes through: ball, range and, where asked for, grey levels.
 *
 * @param center - `[rows, ...]` clean inputs.
 * @param threat - `epsilon` is one value, or one for each row.
 * @param levels - Grey levels, or `undefined` for none; needs a `clip`.
 * @returns A function; call it in a `tf.tidy` of your own, and this function too.
 */
export function verdictProjection<I extends tf.Tensor>(
  center: I,
  threat: ThreatModel,
  levels: number | undefined,
): (point: I) => I {
  const {clip} = threat;
  return levels === undefined || clip === null
    ? ballProjection(center, threat)
    : latticeProjection(center, {...threat, clip}, levels);
}
