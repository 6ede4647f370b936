// What the workers of "npm run bench:growth" evaluate; they load the built package, as a user's would.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {createRng, pgdAttack} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';
import {resnet18} from 'lt-robust/models';
import {type PooledEvaluation, pooledEvaluation} from 'lt-robust/node';

tf.enableProdMode();

/** An evaluation of `images` images of noise under PGD-10. */
export function evaluationOf(images: number): PooledEvaluation {
  const x = tf.randomUniform<tf.Rank.R4>([images, 32, 32, 3], 0, 1, 'float32', 1);
  return {
    model: resnet18({numClasses: 10, width: 16, seed: 1}),
    data: {x, labels: Array.from({length: images}, (_, i) => i % 10)},
    options: {
      attacks: {pgd: (m, z, y, c) => pgdAttack(m, z, y, {...c, epsilon: 8 / 255, steps: 10})},
      batchSize: 16,
      rng: createRng(2),
    },
  };
}

/** What `evaluateInPool` is told to run. */
export const noise = pooledEvaluation(async ({images}: {images: number}) => {
  await tf.setBackend('wasm');
  await registerGradientKernels();
  return evaluationOf(images);
});
