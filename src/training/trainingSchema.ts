import type * as tf from '@tensorflow/tfjs-core';
import * as v from 'valibot';

import type {TrainableClassifier} from '../core/classifier';
import {
  countSchema,
  figureSchema,
  finiteSchema,
  fractionSchema,
  integerSchema,
  metricsSchema,
  tensorSchema,
  warningSchema,
} from '../core/savedSchemas';
import type {MethodMemory} from '../core/trainingMethod';
import {memorySchema} from './memorySchema';
import {optimizerSchema} from './optimizerSchema';
import type {OptimizerState} from './trainerState';
import type {SavedTraining, TrainingState} from './savedTraining';

/** What a saved training has to fit. */
export interface TrainingFrame {
  /** Its trainable variables and statistics. */
  readonly model: Pick<TrainableClassifier<tf.Tensor>, 'variables' | 'statistics'>;
  /** The method's; `undefined` where it has none. */
  readonly memory: MethodMemory | undefined;
  /** What the optimizer, which has made no step yet, remembers: what it has begins with that. */
  readonly fresh: OptimizerState;
  /** Whether its recipe averages weights. */
  readonly averages: boolean;
}

/**
 * What a saved training must be to go on from: complete, of the model's shapes, and consistent.
 *
 * @param frame - Model and method of the training that is to go on.
 */
export const trainingSchema = (frame: TrainingFrame): v.GenericSchema<unknown, SavedTraining> =>
  v.pipe(
    v.strictObject({
      state: stateSchema(frame),
      length: v.strictObject({
        epochs: integerSchema(1, Number.MAX_SAFE_INTEGER),
        rates: v.array(figureSchema),
        usesEpochs: v.boolean(),
      }),
      probe: v.strictObject({
        backend: v.string(),
        input: figureSchema,
        loss: figureSchema,
        perturbation: figureSchema,
      }),
    }),
    v.check(({state, length}) => state.epoch <= length.epochs, 'an epoch after the last'),
    v.check(
      ({length: {rates, epochs}}) => [0, epochs].includes(rates.length),
      'rates of not all epochs',
    ),
  );

function stateSchema(frame: TrainingFrame): v.GenericSchema<unknown, TrainingState> {
  const {model, memory, fresh} = frame;
  const {variables, statistics} = model;
  const modelSchema = v.strictObject({
    variables: tensorsLike(variables),
    statistics: tensorsLike(statistics),
  });
  const epochSchema = integerSchema(1, Number.MAX_SAFE_INTEGER);
  return v.pipe(
    v.strictObject({
      epoch: epochSchema,
      step: countSchema,
      model: modelSchema,
      optimizer: optimizerSchema(variables, fresh),
      history: v.array(
        v.strictObject({
          epoch: epochSchema,
          loss: finiteSchema,
          learningRate: figureSchema,
          metrics: metricsSchema,
          // Absent before 0.2.0, and where there is none.
          warnings: v.exactOptional(v.array(warningSchema)),
        }),
      ),
      best: v.nullable(
        v.strictObject({epoch: epochSchema, metrics: metricsSchema, state: modelSchema}),
      ),
      memory: memorySchema(memory),
      // Absent before 0.2.0, null where nothing entered it yet.
      average: v.optional(v.nullable(v.strictObject({count: epochSchema, model: modelSchema}))),
      robust: v.optional(v.nullable(fractionSchema)),
      computedOn: v.optional(v.array(v.string())),
    }),
    v.check(({epoch, step}) => step >= epoch, 'fewer steps than epochs'),
    v.check(
      ({epoch, history}) =>
        history.length === epoch && history.every((record, i) => record.epoch === i + 1),
      'a history of other epochs',
    ),
    v.check(
      ({average}) => frame.averages || (average ?? null) === null,
      'an average where this recipe has none',
    ),
    v.check(
      ({epoch, best}) => best === null || best.epoch <= epoch,
      'a best epoch that is to come',
    ),
  );
}

/** Tensors of the shapes and types of some variables, every value finite. */
const tensorsLike = (variables: readonly tf.Variable[]) =>
  v.pipe(
    v.array(tensorSchema),
    v.length(variables.length),
    v.check(
      (tensors) =>
        tensors.every(({shape, values}, i) => {
          const variable = variables[i];
          const isInteger = variable !== undefined && variable.dtype !== 'float32';
          return (
            String(shape) === String(variable?.shape) && values instanceof Int32Array === isInteger
          );
        }),
      "tensors that are not of the model's shapes",
    ),
    v.check(
      (tensors) => tensors.every(({values}) => values.every(Number.isFinite)),
      'values that are not finite',
    ),
  );
