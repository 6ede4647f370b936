import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {
  atBslTraining,
  classCounts as countClasses,
  createRng,
  evaluateRobustness,
  longTailedSubset,
  naturalTraining,
  pgdAttack,
  pgdTraining,
  sgd,
  subset,
  train,
  type Attack,
  type Dataset,
  type RobustnessReport,
  type TrainingMethod,
} from 'lt-robust';
import {smallConvNet} from 'lt-robust/models';
import {readDataset} from 'lt-robust/node';
import {hardestExamples, type ReportExample} from 'lt-robust/report';

const FASHION_MNIST = fileURLToPath(new URL('../examples/data/fashion-mnist', import.meta.url));

export const CLASS_NAMES =
  'T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, boot'.split(', ');

const SEED = 1;
const EPOCHS = 24;
const EPSILON = 8 / 255;
const TAIL = 3;
/** Epsilon of each attack of the reports. */
export const EPSILONS = {'PGD 2/255': 2 / 255, 'PGD 4/255': 4 / 255, 'PGD 8/255': EPSILON};

/** A model that the documents show, measured. */
export interface Sample {
  readonly report: RobustnessReport;
  /** Examples that the attack breaks. */
  readonly examples: readonly ReportExample[];
}

/** One image under attack, and how sure the model is of its answers. */
export interface Portrait {
  readonly label: number;
  readonly shape: readonly number[];
  readonly clean: readonly number[];
  readonly adversarial: readonly number[];
  /** Probability of every class, on the clean image and under attack. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * Three models trained on long-tailed Fashion-MNIST, with reports on its test images; and one image
 * that breaks the first of them and not the second. Plain data.
 */
export interface Samples {
  readonly natural: Sample;
  readonly pgdAt: Sample;
  readonly atBsl: Sample;
  readonly portraits: {readonly natural: Portrait; readonly pgdAt: Portrait};
  readonly labels: readonly number[];
  readonly classCounts: readonly number[];
  /** What was done, for the reader of a report. */
  readonly details: Readonly<Record<string, string | number>>;
}

const first = (count: number) => Array.from({length: count}, (_, i) => i);

const pgd =
  (epsilon: number, steps: number): Attack =>
  (m, x, y, context) =>
    pgdAttack(m, x, y, {...context, epsilon, steps, stepSize: epsilon / 4});

/** Trains and measures the models that README and the guides show. */
export async function makeSamples(): Promise<Samples> {
  const rng = createRng(SEED);
  const parts = await readDataset(FASHION_MNIST, {numClasses: 10});
  if (parts.train === undefined || parts.test === undefined) throw new Error('No Fashion-MNIST.');
  const pool = parts.train;
  const imbalanceRatio = 50;
  const kept = longTailedSubset(pool.labels, 10, {imbalanceRatio, rng: rng.fork('tail')});
  const data = subset(pool, kept);
  const {test} = parts;
  const classCounts = countClasses(data.labels, 10);

  const trained = async (name: string, method: TrainingMethod): Promise<LayersModel> => {
    const model = smallConvNet({
      ...{inputShape: [28, 28, 1], numClasses: 10, channels: [16, 32]},
      seed: SEED,
    });
    const recipe = {
      ...{method, epochs: EPOCHS, batchSize: 64},
      optimizer: () => sgd({learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4}),
    };
    await train(model, data, recipe, {
      rng: rng.fork('training'),
      onProgress: ({done, total}) => {
        if (done === total || done % 100 === 0) console.log(`${name}: ${done} of ${total}`);
      },
    });
    return model;
  };
  const measured = async (name: string, model: LayersModel): Promise<Sample> => {
    const attacks = Object.fromEntries(
      Object.entries(EPSILONS).map(([title, epsilon]) => [title, pgd(epsilon, 20)]),
    );
    const report = await evaluateRobustness(model, test, {
      ...{attacks, tail: TAIL, classCounts, rng: rng.fork('evaluation')},
      predictions: true,
    });
    const examples = await hardestExamples(model, test, pgd(EPSILON, 20), {
      ...{count: 12, indices: first(500), rng: rng.fork('examples')},
    });
    console.log(`${name}: ${report.clean.accuracy} on clean images`);
    return {report, examples};
  };

  const attack = pgd(EPSILON, 7);
  const natural = await trained('natural', naturalTraining());
  const pgdAt = await trained('PGD-AT', pgdTraining({attack}));
  const atBsl = await trained('AT-BSL', atBslTraining({attack, classCounts}));
  return {
    natural: await measured('natural', natural),
    pgdAt: await measured('PGD-AT', pgdAt),
    atBsl: await measured('AT-BSL', atBsl),
    portraits: await portraitsOf(natural, pgdAt, test),
    ...{labels: Array.from(test.labels), classCounts},
    details: {
      data: `Fashion-MNIST, ${data.labels.length} training images, imbalance ratio ${imbalanceRatio}`,
      network: 'smallConvNet, 16 and 32 channels',
      ...{epochs: EPOCHS, seed: SEED, backend: tf.getBackend(), 'tfjs-core': tf.version_core},
    },
  };
}

/** The first image that the natural model gets wrong under attack and the other one does not. */
async function portraitsOf(
  natural: LayersModel,
  robust: LayersModel,
  test: Dataset,
): Promise<Samples['portraits']> {
  const portraits = (model: LayersModel, x: tf.Tensor4D, labels: tf.Tensor1D): Portrait[] =>
    tf.tidy(() => {
      const adversarial = pgdAttack(model, x, labels, {epsilon: EPSILON, steps: 20});
      const answers = (input: tf.Tensor4D) =>
        tf.softmax(model.predict(input) as tf.Tensor2D).arraySync() as number[][];
      const [before, after] = [answers(x), answers(adversarial)];
      const size = x.size / before.length;
      const [clean, perturbed] = [x.dataSync(), adversarial.dataSync()];
      return Array.from(labels.dataSync(), (label, i) => ({
        ...{label, shape: x.shape.slice(1), before: before[i] ?? [], after: after[i] ?? []},
        clean: Array.from(clean.slice(i * size, (i + 1) * size)),
        adversarial: Array.from(perturbed.slice(i * size, (i + 1) * size)),
      }));
    });
  const {x, labels} = await test.batch(first(200));
  const [a, b] = [portraits(natural, x, labels), portraits(robust, x, labels)];
  tf.dispose([x, labels]);
  const sure = (probabilities: readonly number[], label: number) => probabilities[label] ?? 0;
  const found = a.findIndex((each, i) => {
    const other = b[i];
    return (
      sure(each.before, each.label) > 0.95 &&
      sure(each.after, each.label) < 0.05 &&
      sure(other?.after ?? [], each.label) > 0.8
    );
  });
  const [before, after] = [a[found], b[found]];
  if (before === undefined || after === undefined)
    throw new Error('No image shows the difference.');
  return {natural: before, pgdAt: after};
}
