/** What the processes of test/node/evaluateInPool.test.ts run; one export for each case. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';

import {autoAttackForEvaluation} from '../../src/attacks/autoAttack/autoAttackForEvaluation';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {type PooledEvaluation, pooledEvaluation} from '../../src/node/pooledEvaluation';
import {dataset, model, options} from './queueTask';

tf.enableProdMode();

/** What the tests evaluate in one process, too. */
export const evaluationOf = (seed: number): PooledEvaluation<tf.Tensor2D> => ({
  ...{model, data: dataset},
  options: {
    ...{batchSize: 7, rng: createRng(seed), predictions: true, tail: [2]},
    attacks: {
      pgd: (classify, x, labels, context) =>
        pgdAttack(classify, x, labels, {...context, epsilon: 0.25, steps: 3}),
      auto: autoAttackForEvaluation<tf.Tensor2D>({
        ...{epsilon: 0.25, attacks: ['apgd-ce', 'fab-t'], steps: 5, diagnostics: false},
      }),
    },
  },
});

/** An evaluation whose noise is seeded by the task. */
export const seeded = pooledEvaluation(async ({seed}: {seed: number}) => {
  await tf.setBackend('cpu');
  return evaluationOf(seed);
});
/** At one of its examples a part does what the task says. */
export const failing = pooledEvaluation(async (how: 'throw' | 'exit' | 'kill' | 'wait') => {
  await tf.setBackend('cpu');
  const attack = async (x: tf.Tensor2D): Promise<tf.Tensor2D> => {
    if (how === 'throw') throw new RangeError('no luck');
    if (how === 'exit') process.exit(7);
    if (how === 'kill') process.kill(process.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return x;
  };
  return {
    ...{model, data: dataset},
    options: {
      ...options(),
      attacks: {
        bad: (_, x, _labels, {exampleIds = []} = {}) =>
          Array.from(exampleIds).includes(42) ? attack(x) : Promise.resolve(tf.clone(x)),
      },
    },
  };
});

/** Says on its output which process it is, and is busy without end. */
export const endless = pooledEvaluation(async () => {
  await tf.setBackend('cpu');
  process.stderr.write(`busy ${process.pid}\n`);
  for (;;) await new Promise((resolve) => setImmediate(resolve));
});

/** Nothing that an evaluation could be made of. */
export const empty = pooledEvaluation(() => ({}) as never);

/** Not made by pooledEvaluation. */
export const bare = () => undefined;

/** Every process finds something else. */
export const unsteady = pooledEvaluation(async () => {
  await tf.setBackend('cpu');
  return evaluationOf(process.pid);
});

/** Sends its parent what is none of the pool's messages, too. */
export const chatty = pooledEvaluation(async () => {
  await tf.setBackend('cpu');
  for (const message of ['busy', null, [1], {part: 1, fraction: 7}]) process.send?.(message);
  return evaluationOf(3);
});
