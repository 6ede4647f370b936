import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {EvaluationAttack} from '../../core/attack';
import {adversarialOf, type AttackResult} from '../../core/attackResult';
import type {Classifier} from '../../core/classifier';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {disposeAfter} from '../../core/memory';
import {epsilonAt} from '../../core/threatModel';
import {ballOf} from '../search/exampleBall';
import {withinLevels} from '../search/verifiedPoints';
import {emptyOutcome, type Outcome, type Problem} from '../search/problem';

/**
 * An attack of the caller's own, as a component of the ensemble. A checkpoint is refused if its
 * component differs in a field or in what {@link identityOf} says of its attack. A closure needs
 * `withIdentity`: without it the values that it captured are not compared.
 */
export interface CustomComponent<I extends tf.Tensor = tf.Tensor4D> {
  /** Its name in the report. */
  readonly name: string;
  /** It sees robust examples only; what it returns is verified like everything else. */
  readonly attack: EvaluationAttack<I>;
}

/**
 * Runs a custom attack on a problem. Every point that it returns is a claim, which is verified later. Passes are taken from its own report where it gives one; otherwise
 * its calls of the model are counted, those under a gradient as a backward pass too.
 */
export async function runCustom<I extends tf.Tensor>(
  problem: Problem<I>,
  {name, attack}: CustomComponent<I>,
): Promise<Outcome> {
  const {x, labels, threat, levels, where} = problem;
  const batchSize = labels.length;
  const outcome = emptyOutcome(batchSize);
  await problem.pause(batchSize);
  const counted = {forward: 0, backward: 0};
  const countCalls = (classify: Classifier<I>): Classifier<I> => {
    const model: Classifier<I> = (input) => {
      const passes = at(input.shape, 0) / batchSize;
      counted.forward += passes;
      if (tf.engine().state.gradientDepth > 0) counted.backward += passes;
      // A custom attack may dispose what it was given, and must not reach what the model keeps.
      return tf.clone(classify(input));
    };
    const {forExamples} = classify;
    if (forExamples) model.forExamples = (rows) => countCalls(forExamples(rows));
    return model;
  };
  const model = countCalls(problem.model);
  return disposeAfter(async (own) => {
    const truth = own(tf.tensor1d(labels, 'int32'));
    const rng = problem.rng === undefined ? {} : {rng: problem.rng};
    const result = await attack(model, x, truth, {...rng, exampleIds: problem.ids});
    const adversarial = adversarialOf(result);
    if (adversarial !== x) own(adversarial);
    const isTensor = (adversarial as unknown) instanceof tf.Tensor;
    if (!isTensor || !tf.util.arraysEqual(adversarial.shape, x.shape)) {
      throw new InvalidArgumentError({
        where,
        argument: `attacks: ${name}`,
        expected: `return ${describeValue(x)}`,
        found: describeValue(adversarial),
        remedy: 'Return the perturbed batch.',
      });
    }
    const points = await adversarial.data<'float32'>();
    const clean = await x.data<'float32'>();
    const size = x.size / batchSize;
    const {cost} = result instanceof tf.Tensor ? {cost: undefined} : (result as AttackResult<I>);
    for (let row = 0; row < batchSize; row++) {
      const point = points.slice(row * size, (row + 1) * size);
      const center = clean.subarray(row * size, (row + 1) * size);
      const own = epsilonAt(threat, row);
      const refuse = (expected: string, found: string, remedy: string) => {
        throw new InvalidArgumentError({
          ...{where, argument: `attacks: ${name}`, expected, found, remedy},
        });
      };
      const {norm, clip} = threat;
      const ball = ballOf(threat, row, center, x.shape.slice(1));
      const {distance, isInBall, isInRange} = ball.look(point);
      if (!isInBall) {
        refuse(
          `stay within ${own} (${norm}) of the clean input`,
          String(distance),
          'Pass the epsilon, norm and mask of this evaluation on to it.',
        );
      }
      if (!isInRange) {
        const range = clip === null ? 'range of every feature' : `range [${clip.join(', ')}]`;
        refuse(`stay in the ${range}`, 'a value outside', 'Clip its result.');
      }
      if (!withinLevels(point, center, own, problem)) {
        refuse(
          `stay within ${own} (${norm}) on the ${levels} grey levels`,
          'a point that rounding to them brings outside',
          'Round its result to levels inside the ball: pass quantize on to it.',
        );
      }
      outcome.points.set(row, point);
      outcome.forward[row] = cost?.forward[row] ?? Math.round(counted.forward);
      outcome.backward[row] = cost?.backward[row] ?? Math.round(counted.backward);
      outcome.queries[row] = cost?.queries[row] ?? 0;
    }
    return outcome;
  });
}
