/**
 * What a step of every method and wrapper costs beyond its bare passes: input gradients of the attack,
 * training passes, forward passes of the teacher, one gradient to the weights. CPU time of one process,
 * in turn, minima (other load on the machine then counts least). At most 1.05 on the larger network;
 * on the demo's, whose passes are cheap, what is done to the pixels between two of them counts more, and
 * nothing is asserted.
 *
 *   npm run bench methods            (BENCH_PAIRS=9 pairs of each; BENCH_NETWORK=demo or large; BENCH_ROWS=TRADES,MART only these)
 */
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../../src/core/attack';
import {asTrainableClassifier} from '../../src/core/classifier';
import {passTensors} from '../../src/core/pass';
import {createRng} from '../../src/core/rng';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {inputGradient} from '../../src/math/inputGradient';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {ardTraining} from '../../src/methods/ardTraining';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {trainingAttack} from '../../src/methods/attackBatch';
import {awp} from '../../src/methods/awp';
import {classBudgets} from '../../src/methods/classBudgets';
import {distillation} from '../../src/methods/distillation';
import {fastAt} from '../../src/methods/fastAt';
import {freeAt} from '../../src/methods/freeAt';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {harlTraining} from '../../src/methods/harlTraining';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {martTraining} from '../../src/methods/martTraining';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {robalTraining} from '../../src/methods/robalTraining';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {smallConvNet} from '../../src/models/smallConvNet';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {judge, row} from './judge';

await tf.setBackend('wasm');
await registerGradientKernels();

const PAIRS = Number(process.env['BENCH_PAIRS'] ?? 9);
const ONLY = process.env['BENCH_ROWS']?.split(',');
const BATCH = 128;
const STEPS = 10;

const IS_DEMO = process.env['BENCH_NETWORK'] === 'demo';
const channels = IS_DEMO ? [16, 32] : [32, 64, 128];
const network = (seed: number) =>
  smallConvNet({inputShape: [28, 28, 1], numClasses: 10, channels, seed});
const [model, teacher] = [network(0), network(1)];
const student = asTrainableClassifier(model);
const {inference: teach} = asTrainableClassifier(teacher);
const x = tf.randomUniform<tf.Rank.R4>([BATCH, 28, 28, 1], 0, 1, 'float32', 1);
const labels = tf.tensor1d(
  Array.from({length: BATCH}, (_, i) => i % 10),
  'int32',
);
const classCounts = Array.from({length: 10}, (_, c) => 100 - 10 * c);
const attack = trainingAttack<tf.Tensor4D>({steps: STEPS});

/** The passes that a step cannot do without. */
interface Bare {
  /** Steps of the attack: input gradients. */
  readonly attack: number;
  /** ... in training mode. */
  readonly isInTraining?: boolean;
  /** ... through the teacher, too. */
  readonly isThroughTeacher?: boolean;
  /** Clean answers in inference mode. */
  readonly answers?: number;
  readonly teacher?: number;
  /** Training passes of one gradient to the weights, and how often that is taken. */
  readonly training: number;
  readonly gradients?: number;
  /** ... and to the input, by the same backward pass. */
  readonly isToInput?: boolean;
}

const trainingLogits = (input: tf.Tensor4D) => passTensors(student.training(input)).logits;

function bareStep(passes: Bare): void {
  const {isInTraining, isThroughTeacher, isToInput, answers = 0, gradients = 1} = passes;
  const classify = isInTraining === true ? trainingLogits : student.inference;
  const loss =
    isThroughTeacher === true
      ? {
          atInput: (input: tf.Tensor) => (z: tf.Tensor2D) =>
            klDivergence(teach(input as tf.Tensor4D), z),
        }
      : crossEntropy;
  for (let i = 0; i < passes.attack; i++) {
    tf.dispose({...inputGradient(classify, x, labels, loss)});
  }
  for (let i = 0; i < answers; i++) tf.tidy(() => student.inference(x)).dispose();
  for (let i = 0; i < (passes.teacher ?? 0); i++) tf.tidy(() => teach(x)).dispose();
  const input = isToInput === true ? tf.variable(x) : x;
  const asked = input instanceof tf.Variable ? [input] : [];
  const total = () =>
    tf.addN<tf.Scalar>(
      Array.from({length: passes.training}, () =>
        tf.mean<tf.Scalar>(crossEntropy(trainingLogits(input), labels)),
      ),
    );
  for (let i = 0; i < gradients; i++) {
    const {value, grads} = tf.tidy(() =>
      withGradientKernels(() => tf.variableGrads(total, [...student.variables, ...asked])),
    );
    tf.dispose([value, grads]);
  }
  tf.dispose(asked);
}

const pgd = (training: number, rest: Partial<Bare> = {}): Bare => ({
  attack: STEPS,
  training,
  ...rest,
});
const budgets: Attack<tf.Tensor4D> = classBudgets({classCounts, steps: STEPS});
const atBsl = () => atBslTraining({classCounts, attack});
const harl = harlTraining<tf.Tensor4D>({attack, cleanEpochs: 0});

const ROWS: readonly (readonly [string, TrainingMethod, Bare])[] = [
  ['natural', naturalTraining(), {attack: 0, training: 1}],
  ['PGD-AT', pgdTraining({attack}), pgd(1)],
  ['AT-BSL', atBsl(), pgd(1)],
  ['TRADES', tradesTraining({attack}), pgd(2, {answers: 1})],
  ['MART', martTraining({attack}), pgd(2)],
  ['ARD', ardTraining({teacher, attack}), pgd(1, {isInTraining: true, teacher: 1})],
  ['RSLAD', rsladTraining({teacher, attack}), pgd(2, {teacher: 1})],
  ['AdaAD', adaAdTraining({teacher, attack}), pgd(1, {isThroughTeacher: true, teacher: 1})],
  ['RoBal', robalTraining({classCounts, attack}), pgd(2)],
  ['REAT', reatTraining({classCounts, attack}) as TrainingMethod, pgd(1)],
  ['HARL', harl, pgd(1)],
  ['LDAM-DRW', ldamTraining({classCounts, attack}), pgd(1)],
  ['fast AT', fastAt(), {attack: 1, isInTraining: true, training: 1}],
  [
    'free AT (8 replays)',
    freeAt() as TrainingMethod,
    {attack: 0, training: 1, gradients: 8, isToInput: true},
  ],
  [
    "the paper's student",
    selfDistillationTraining({teacher, classCounts, attack}),
    pgd(2, {teacher: 2}),
  ],
  ['AT-BSL, distillation', distillation(atBsl(), {teacher}), pgd(1, {teacher: 1})],
  ['AT-BSL, gradient matching', gradientMatching(atBsl(), {teacher}), pgd(2, {teacher: 2})],
  ['AT-BSL, AWP', awp(atBsl()), pgd(1, {gradients: 2})],
  ['TRADES, AWP', awp(tradesTraining({attack})), pgd(2, {answers: 1, gradients: 2})],
  ['AT-BSL, class budgets', atBslTraining({classCounts, attack: budgets}), pgd(1)],
];

const cpuOf = async (body: () => unknown): Promise<number> => {
  const before = process.cpuUsage();
  await body();
  const {user, system} = process.cpuUsage(before);
  return (user + system) / 1000;
};

row(['step, batch 128', 'ms', 'bare, ms']);
for (const [name, method, passes] of ROWS) {
  if (ONLY?.includes(name) === false) continue;
  // The weights stay: what is timed is the step, not a drift of the model.
  const optimizer = sgd({learningRate: 0, momentum: 0.9, weightDecay: 5e-4});
  const memory = {current: method.memory?.initial ?? null};
  const step = async () => {
    const options = {rng: createRng(1), memory, epoch: 1, epochs: 1};
    const loss = await trainStep(model, method, {x, labels}, optimizer, options);
    await loss.data();
    loss.dispose();
  };
  const bare = () => {
    bareStep(passes);
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let i = -2; i < PAIRS; i++) {
    // Which goes first alternates: the second of a pair finds warmer caches.
    const first = i % 2 === 0 ? await cpuOf(step) : NaN;
    const base = await cpuOf(bare);
    const own = i % 2 === 0 ? first : await cpuOf(step);
    if (i < 0) continue; // compiled and warmed up
    ours.push(own);
    theirs.push(base);
  }
  const [own, base] = [Math.min(...ours), Math.min(...theirs)];
  row([name, own.toFixed(1), base.toFixed(1)]);
  const what = '  in times of its bare passes';
  if (IS_DEMO) row([what, (own / base).toFixed(3)]);
  else judge(what, own / base, undefined, 1.05);
  optimizer.dispose();
}
