import * as tf from '@tensorflow/tfjs-core';
import {
  classBalancedBatches,
  multiStep,
  restoreModelState,
  sgd,
  shuffledBatches,
  train,
  type Classifier,
  type Dataset,
  type Metrics,
  type ProgressCallback,
  type Rng,
  type TrainingMethod,
  type TrainingResult,
} from 'lt-robust';
import {cropAndFlip} from 'lt-robust/data';
import {smallConvNet} from 'lt-robust/models';
import {presetNetwork} from 'lt-robust/presets';

import {batchesOf, type StagePlan} from './budget';
import {milestonesOf, type DemoSettings} from './settings';

/** One epoch of a training; the metrics are of the validation split, where it was measured. */
export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  readonly clean?: number;
  readonly pgd20?: number;
  readonly rarePgd20?: number;
}

/** How a training is watched. */
export interface TrainingWatch {
  readonly onProgress: ProgressCallback;
  readonly onEpoch: (figures: EpochFigures) => void;
}

// Of the weights, over the steps: they forget half in some 34.
const AVERAGING = {ema: 0.98};

/** The network that every method trains. */
export type Network = ReturnType<typeof presetNetwork>;

/** A fresh network for images of this data. */
export async function createNetwork(
  data: Dataset,
  settings: DemoSettings,
  rng: Rng,
): Promise<Network> {
  const {x, labels} = await data.batch([0]);
  const [, height, width, depth] = x.shape;
  tf.dispose([x, labels]);
  const shared = {
    inputShape: [height, width, depth] as const,
    ...{numClasses: data.numClasses, seed: rng.seed()},
  };
  const {network, channels, batchNorm} = settings;
  return network === undefined || network === null
    ? smallConvNet({...shared, channels, batchNorm})
    : presetNetwork({network, head: 'linear'}, shared);
}

/** Epochs after which the validation split is measured: ten of them, the last among them. */
export const isMeasured = (epoch: number, epochs: number): boolean =>
  epoch === epochs || epoch % Math.max(1, Math.round(epochs / 10)) === 0;

/** Trains a network as planned; the time is that of the training without its measurements. */
export async function trainNetwork(
  model: Network,
  method: TrainingMethod,
  data: Dataset,
  plan: StagePlan,
  settings: DemoSettings,
  run: {
    readonly phase: string;
    readonly learningRate: number;
    /** Batches by the square root of the class sizes, and averaged weights. @defaultValue false */
    readonly bySquareRoot?: boolean;
    readonly rng: Rng;
    readonly watch: TrainingWatch;
    readonly validate?: (model: Classifier) => Promise<Metrics>;
  },
): Promise<{result: TrainingResult; history: EpochFigures[]; seconds: number}> {
  const {phase, learningRate, bySquareRoot = false, rng, watch, validate} = run;
  const {momentum, weightDecay, padding, drops} = settings;
  const {epochs, batchSize, images} = plan;
  const started = performance.now();
  let measuring = 0;
  const result = await train(
    model,
    data,
    {
      ...{method, epochs, batchSize},
      optimizer: () => sgd({learningRate, momentum, weightDecay}),
      schedule: multiStep({learningRate, milestones: milestonesOf(epochs, drops)}),
      batches: (order, epoch) => {
        const given = {rng: order, dropLast: true};
        const batches = bySquareRoot
          ? classBalancedBatches(data.labels, data.numClasses, batchSize, {
              ...{...given, order: 'iid', power: 0.5},
            })
          : shuffledBatches(images, batchSize, given);
        return batches.slice(0, batchesOf(plan, epoch));
      },
      ...(bySquareRoot ? {averaging: AVERAGING} : {}),
      augment: padding === 0 ? undefined : cropAndFlip({padding}),
    },
    {
      ...{rng, phase},
      ...(validate === undefined
        ? {}
        : {
            evaluate: async (classifier: Classifier, {epoch}: {epoch: number}) => {
              if (!isMeasured(epoch, epochs)) return undefined;
              const before = performance.now();
              const metrics = await validate(classifier);
              measuring += performance.now() - before;
              return metrics;
            },
            selectBy: 'pgd20',
          }),
      onProgress: watch.onProgress,
      onEpoch: ({epoch, loss, metrics}) => {
        watch.onEpoch({epoch, loss, ...metrics});
      },
    },
  );
  const seconds = (performance.now() - started - measuring) / 1000;
  if (bySquareRoot) restoreModelState(model, result.last.state);
  const history = result.history.map(({epoch, loss, metrics}) => ({epoch, loss, ...metrics}));
  return {result, history, seconds};
}
