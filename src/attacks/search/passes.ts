import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {forExamples} from '../../core/byExample';
import {checkModelShape} from '../../core/checks/checkTensors';
import type {AttackLoss} from '../../core/loss';
import {inputGradient} from '../../math/inputGradient';
import {logitsAt} from '../../math/logitsAt';
import type {LiveRows} from './liveRows';
import type {Outcome, Problem} from './problem';

/** What one forward and one backward pass give, numbers on the JavaScript side. */
export interface Evaluation<I extends tf.Tensor> {
  /** `[rows, classes]`, row by row. */
  readonly logits: Float32Array;
  /** `[rows]`. */
  readonly losses: Float32Array;
  /** Shape of the input; the caller disposes it. */
  readonly gradient: I;
}

/** The model, with every pass through it counted on the examples it was made for. */
export interface Passes<I extends tf.Tensor> {
  /** Logits at `x`, `[rows, classes]`. */
  forward(rows: LiveRows, x: I): Promise<Float32Array>;
  /** As `forward`, counted as queries of a black-box attack. */
  query(rows: LiveRows, x: I): Promise<Float32Array>;
  /** Logits, losses and the gradient to `x`, from one forward and one backward pass. */
  gradient(rows: LiveRows, x: I, labels: tf.Tensor1D, loss: AttackLoss): Promise<Evaluation<I>>;
}

function count(counts: Int32Array, {positions, live}: LiveRows): void {
  for (let row = 0; row < live; row++) {
    const position = at(positions, row);
    counts[position] = at(counts, position) + 1;
  }
}

// As a loop: `every` calls its function for each value, and attacks on small models spend time on it.
function areFinite(values: Float32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/**
 * The passes of an attack on a problem.
 *
 * @param problem - Whose model is run.
 * @param outcome - Where passes and non-finite outputs are recorded.
 */
export function countedPasses<I extends tf.Tensor>(
  {where, model, numClasses}: Problem<I>,
  outcome: Outcome,
): Passes<I> {
  const record = (rows: LiveRows, logits: Float32Array): Float32Array => {
    count(outcome.forward, rows);
    for (let row = 0; row < rows.live; row++) {
      if (!areFinite(logits, row * numClasses, (row + 1) * numClasses)) {
        outcome.nonFinite[at(rows.positions, row)] = 1;
      }
    }
    return logits;
  };
  const forward = async (rows: LiveRows, x: I): Promise<Float32Array> => {
    const logits = logitsAt(where, forExamples(model, rows.positions), x);
    try {
      return record(rows, await logits.data<'float32'>());
    } finally {
      logits.dispose();
    }
  };
  return {
    forward,
    query: (rows, x) => {
      count(outcome.queries, rows);
      return forward(rows, x);
    },
    gradient: async (rows, x, labels, loss) => {
      count(outcome.backward, rows);
      const own = forExamples(model, rows.positions);
      const checked = (input: I) => {
        const logits = own(input);
        checkModelShape(where, logits, rows.positions.length); // before the loss complains
        return logits;
      };
      const {logits, losses, gradient} = inputGradient(checked, x, labels, loss, where);
      tf.keep(gradient); // also where the program ends a scope of its own in between
      try {
        const [values, lossValues] = await Promise.all([
          logits.data<'float32'>(),
          losses.data<'float32'>(),
        ]);
        return {logits: record(rows, values), losses: lossValues, gradient};
      } catch (error) {
        gradient.dispose();
        throw error;
      } finally {
        tf.dispose([logits, losses]);
      }
    },
  };
}
