/** What an {@link InvalidArgumentError} is made of. */
export interface InvalidArgument {
  /** Public function that was called. */
  readonly where: string;
  /** Name of the offending argument or option. */
  readonly argument: string;
  /** What it must be, completing the sentence "must ...". */
  readonly expected: string;
  /** What was passed, in words. */
  readonly found: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

/**
 * The caller passed something that the function cannot work with. The message has one form:
 * function, argument, what it must be, what was found, what to do.
 */
export class InvalidArgumentError extends Error implements InvalidArgument {
  /** The name that the type guard compares. */
  override readonly name = 'InvalidArgumentError';
  declare readonly where: string;
  declare readonly argument: string;
  declare readonly expected: string;
  declare readonly found: string;
  declare readonly remedy: string;

  constructor(problem: InvalidArgument) {
    const {where, argument, expected, found, remedy} = problem;
    super(`${where}: "${argument}" must ${expected}, found ${found}. ${remedy}`);
    Object.assign(this, problem);
  }
}

/** Where training stood when its loss or its weights stopped being finite. */
export interface NonFiniteLoss {
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Optimisation step, counted from 1 over the whole training. */
  readonly step: number;
  /** The batch loss that was read: `NaN` or infinite, or finite where a weight was not. */
  readonly loss: number;
  /** Learning rate of that step. */
  readonly learningRate: number;
}

/**
 * Training diverged: the loss or a weight became `NaN` or infinite. The model was restored to its
 * state after the last epoch whose weights were all finite.
 */
export class NonFiniteLossError extends Error implements NonFiniteLoss {
  /** The name that the type guard compares. */
  override readonly name = 'NonFiniteLossError';
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;

  constructor({epoch, step, loss, learningRate}: NonFiniteLoss) {
    const what = Number.isFinite(loss) ? 'a weight became non-finite' : `the loss became ${loss}`;
    super(
      `train: ${what} in epoch ${epoch}, step ${step}, at learning rate ${learningRate}. ` +
        `The model holds the last finite epoch. Lower the learning rate, or warm it up.`,
    );
    this.epoch = epoch;
    this.step = step;
    this.loss = loss;
    this.learningRate = learningRate;
  }
}

/** What a {@link CheckpointMismatchError} is made of. */
export interface CheckpointMismatch {
  /** Public function that was called. */
  readonly where: string;
  /** Key under which the checkpoint was found. */
  readonly key: string;
  /** The fields in which the saved run and this one differ. */
  readonly differences: readonly {
    /** Path to the field, `'method.alpha'` say. */
    readonly field: string;
    /** What was saved; `undefined` where the saved run has no such field. */
    readonly saved: unknown;
    /** What it is now; `undefined` where this run has no such field. */
    readonly now: unknown;
  }[];
}

/**
 * A checkpoint belongs to another run: something that decides the numbers differs. Nothing was
 * changed. The message has both descriptions side by side.
 */
export class CheckpointMismatchError extends Error implements CheckpointMismatch {
  /** The name that the type guard compares. */
  override readonly name = 'CheckpointMismatchError';
  readonly where: string;
  readonly key: string;
  readonly differences: CheckpointMismatch['differences'];

  constructor({where, key, differences}: CheckpointMismatch) {
    const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
    const list = differences.map(
      ({field, saved, now}) => `${field} was ${text(saved)} and is ${text(now)}`,
    );
    super(
      `${where}: the checkpoint under "${key}" is of another run: ${list.join('; ')}. ` +
        'Go on with what it was saved with, or choose another checkpointKey.',
    );
    this.where = where;
    this.key = key;
    this.differences = differences;
  }
}

/** What a {@link DataFormatError} is made of. */
export interface DataFormat {
  /** File or buffer, as far as it has a name. */
  readonly source: string;
  /** Byte offset of the problem. */
  readonly offset: number;
  /** What should stand there. */
  readonly expected: string;
  /** What stands there. */
  readonly found: string;
}

/** A file does not have the format that it was read as. */
export class DataFormatError extends Error implements DataFormat {
  /** The name that the type guard compares. */
  override readonly name = 'DataFormatError';
  readonly source: string;
  readonly offset: number;
  readonly expected: string;
  readonly found: string;

  constructor({source, offset, expected, found}: DataFormat) {
    super(`${source}: expected ${expected} at byte ${offset}, found ${found}.`);
    this.source = source;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }
}

const NOT_LOADED: MissingGradient = {
  reason: 'TensorFlow.js has no gradients registered',
  remedy: `Add "import '@tensorflow/tfjs-layers'" to your program: it registers them.`,
};

/** Why there is no gradient, in a {@link MissingGradientsError}. */
export interface MissingGradient {
  /** Name of the layer of tf.layers in which the operation was run, where that is known. */
  readonly layer?: string | undefined;
  /** Why there is none. */
  readonly reason: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

/** What an {@link UnusableGradientError} is made of. */
export interface UnusableGradient {
  /** Public function that was called. */
  readonly where: string;
  /** Examples whose gradient is zero in every value. */
  readonly zero: number;
  /** Examples whose gradient has NaN or an infinite value. */
  readonly nonFinite: number;
  /** Examples that were looked at. */
  readonly total: number;
}

/**
 * No example has a gradient that an attack could follow: where it is not zero, it is not finite. The
 * attack would leave every example as it is, and report robustness that is not there.
 */
export class UnusableGradientError extends Error implements UnusableGradient {
  /** The name that the type guard compares. */
  override readonly name = 'UnusableGradientError';
  readonly where: string;
  readonly zero: number;
  readonly nonFinite: number;
  readonly total: number;

  constructor({where, zero, nonFinite, total}: UnusableGradient) {
    super(
      `${where}: no example has a usable gradient. Of ${total}, it is zero for ${zero} and not ` +
        `finite for ${nonFinite}. Rounding, steps, saturated units and values that the model reads (dataSync) hide the ` +
        `gradient: attack a smooth stand-in for them, or use squareAttack, which needs none. Token ` +
        `numbers have none: attack what the embedding makes of them, see embeddingSpace.`,
    );
    this.where = where;
    this.zero = zero;
    this.nonFinite = nonFinite;
    this.total = total;
  }
}

/**
 * An operation of the model has no gradient. Either TensorFlow.js has no gradient functions
 * registered at all: `@tensorflow/tfjs-core` alone registers none in Node, and importing
 * `@tensorflow/tfjs-layers` (or `@tensorflow/tfjs`) does. Or neither TensorFlow.js nor this package
 * has one for this operation on this backend.
 */
export class MissingGradientsError extends Error {
  /** The name that the type guard compares. */
  override readonly name = 'MissingGradientsError';
  /** The operation whose gradient was asked for. */
  readonly operation: string;
  /** Name of the layer of tf.layers in which it was run, where that is known. */
  readonly layer: string | undefined;
  /** Why there is none. */
  readonly reason: string;
  /** What the caller can do about it. */
  readonly remedy: string;

  constructor(operation: string, {layer, reason, remedy}: MissingGradient = NOT_LOADED) {
    const place = layer === undefined ? '' : ` in layer "${layer}"`;
    super(`No gradient of the operation ${operation}${place}: ${reason}. ${remedy}`);
    this.operation = operation;
    this.layer = layer;
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** What an {@link OutOfMemoryError} is made of. */
export interface OutOfMemory {
  /** The tfjs backend whose memory has run out. */
  readonly backend: string;
  /** Size of its heap, in bytes. */
  readonly heapBytes: number;
}

/**
 * The memory of a backend has run out. The wasm backend has 4 GB at most, and less in some browsers; tfjs
 * itself says "memory access out of bounds", "offset is out of bounds" or "Aborted()".
 */
export class OutOfMemoryError extends Error implements OutOfMemory {
  /** The name that the type guard compares. */
  override readonly name = 'OutOfMemoryError';
  readonly backend: string;
  readonly heapBytes: number;

  constructor({backend, heapBytes}: OutOfMemory, cause: unknown) {
    super(
      `The memory of tfjs's ${backend} backend has run out, its heap is ${Math.round(heapBytes / 1e6)} MB large. ` +
        'Use smaller batches, a narrower network or smaller images, dispose tensors that are no longer needed, or ' +
        'change to another backend. Then start the program anew: this backend may not go on working.',
      {cause},
    );
    this.backend = backend;
    this.heapBytes = heapBytes;
  }
}

// By name, never instanceof: an ESM and a CommonJS copy of this package may meet.
const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

/** Whether `error` is an {@link InvalidArgumentError}, whichever copy of this package threw it. */
export const isInvalidArgumentError = (error: unknown): error is InvalidArgumentError =>
  isNamed(error, 'InvalidArgumentError');

/** Whether `error` is a {@link NonFiniteLossError}, whichever copy of this package threw it. */
export const isNonFiniteLossError = (error: unknown): error is NonFiniteLossError =>
  isNamed(error, 'NonFiniteLossError');

/** Whether `error` is a {@link CheckpointMismatchError}, whichever copy of this package threw it. */
export const isCheckpointMismatchError = (error: unknown): error is CheckpointMismatchError =>
  isNamed(error, 'CheckpointMismatchError');

/** Whether `error` is a {@link DataFormatError}, whichever copy of this package threw it. */
export const isDataFormatError = (error: unknown): error is DataFormatError =>
  isNamed(error, 'DataFormatError');

/** Whether `error` is a {@link MissingGradientsError}, whichever copy of this package threw it. */
export const isMissingGradientsError = (error: unknown): error is MissingGradientsError =>
  isNamed(error, 'MissingGradientsError');

/** Whether `error` is an {@link UnusableGradientError}, whichever copy of this package threw it. */
export const isUnusableGradientError = (error: unknown): error is UnusableGradientError =>
  isNamed(error, 'UnusableGradientError');

/** Whether `error` is an {@link OutOfMemoryError}, whichever copy of this package threw it. */
export const isOutOfMemoryError = (error: unknown): error is OutOfMemoryError =>
  isNamed(error, 'OutOfMemoryError');
