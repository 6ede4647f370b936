import type * as tf from '@tensorflow/tfjs-core';

import type {AttackContext} from '../core/attack';
import type {AttackResult} from '../core/attackResult';
import type {Classifier} from '../core/classifier';
import type {Norm, ThreatModel} from '../core/threatModel';

/** What an attack under test is called with: the caller's context, and the threat model. */
export interface ThreatContext extends AttackContext {
  /** Norm of the perturbation. */
  readonly norm: Norm;
  /** Largest allowed norm, in the units of `x`. */
  readonly epsilon: number;
  /** Valid range of `x`, or `null` for none. */
  readonly clip: ThreatModel['clip'];
}

/**
 * An attack whose epsilon the caller sets, so that it can be tried at a smaller one. The attacks of
 * this package are such functions as they stand; a closure adds settings:
 * `(model, x, labels, threat) => pgdAttack(model, x, labels, {...threat, steps: 20})`.
 */
export type ThreatAttack<I extends tf.Tensor = tf.Tensor4D> = (
  model: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  threat: ThreatContext,
) => I | AttackResult<I> | Promise<I | AttackResult<I>>;
