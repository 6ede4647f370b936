/**
 * What a training step costs beyond the passes that it needs, in one process, interleaved.
 *
 *   npx tsx test/bench/training.bench.ts
 */
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {asTrainableClassifier} from '../../src/core/classifier';
import {passTensors} from '../../src/core/pass';
import {createRng} from '../../src/core/rng';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {smallConvNet} from '../../src/models/smallConvNet';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {sgd} from '../../src/optimizers/sgd';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import {trainStep} from '../../src/training/trainStep';
import {compare} from './compare';

await tf.setBackend('wasm');

const BATCH = 128;
const model = smallConvNet({inputShape: [28, 28, 1], numClasses: 10});
const teacher = smallConvNet({inputShape: [28, 28, 1], numClasses: 10});
const student = asTrainableClassifier(model);
const {inference: teach} = asTrainableClassifier(teacher);
const x = tf.randomUniform<tf.Rank.R4>([BATCH, 28, 28, 1], 0, 1, 'float32', 1);
const labels = tf.tensor1d(
  Array.from({length: BATCH}, (_, i) => i % 10),
  'int32',
);
const classCounts = Array.from({length: 10}, (_, c) => 100 - 10 * c);

/** The passes themselves: input gradients, one gradient to the weights, a teacher's forwards. */
const bare = (attackSteps: number, trainingPasses: number, teacherPasses: number) => () => {
  for (let step = 0; step < attackSteps; step++) {
    tf.dispose({...inputGradient(student.inference, x, labels, crossEntropy)});
  }
  for (let pass = 0; pass < teacherPasses; pass++) teach(x).dispose();
  const loss = () => {
    const losses = Array.from({length: trainingPasses}, () =>
      tf.mean<tf.Scalar>(crossEntropy(passTensors(student.training(x)).logits, labels)),
    );
    return tf.addN<tf.Scalar>(losses);
  };
  const {value, grads} = tf.tidy(() =>
    withGradientKernels(() => tf.variableGrads(loss, [...student.variables])),
  );
  tf.dispose([value, grads]);
};

async function benchmark(
  name: string,
  method: TrainingMethod,
  passes: [attackSteps: number, trainingPasses: number, teacherPasses: number],
): Promise<void> {
  // The weights stay: what is timed is the step, not a drift of the model.
  const optimizer = sgd({learningRate: 0, momentum: 0.9, weightDecay: 5e-4});
  const rng = createRng(1);
  const step = async () => {
    const loss = await trainStep(model, method, {x, labels}, optimizer, {rng});
    await loss.data();
    loss.dispose();
  };
  const [attackSteps, trainingPasses, teacherPasses] = passes;
  const baseline = `${attackSteps} input gradients, ${trainingPasses} training, ${teacherPasses} teacher passes`;
  await compare(`${name} step, batch ${BATCH}`, step, baseline, bare(...passes));
  optimizer.dispose();
}

await benchmark('natural', naturalTraining(), [0, 1, 0]);
await benchmark('PGD-AT', pgdTraining(), [10, 1, 0]);
await benchmark('AT-BSL', atBslTraining({classCounts}), [10, 1, 0]);
await benchmark('self-distillation', selfDistillationTraining({teacher, classCounts}), [10, 2, 2]);
