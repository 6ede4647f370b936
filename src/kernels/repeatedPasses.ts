import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {disposeAll, disposeTapeOnThrow} from '../core/memory';
import {
  type FrozenContext,
  hasFrozenPasses,
  isToInputOnly,
  type ModelPass,
  type PassRunner,
  waitForGradient,
} from '../core/layers/modelPass';
import {isSameStructure, type Structure, structureOf} from '../core/layers/structure';
import {isObserved} from './kernelRecorder';
import {recordPass, type RecordedPass} from './recordedPass';
import {seriesPass} from './seriesPass';

/**
 * Passes of one kind before it is recorded. A recording costs five forward passes and three backward ones and is
 * kept with the model, so that a short attack on a model that is never seen again does not pay for it.
 */
const ORDINARY_PASSES = 20;
/** Kinds of passes kept for a model: attacks leave out images that they are done with, one by one. */
const MOST_KINDS = 64;
/** Where a view of data is the same data, whatever they are. */
const BACKENDS = ['cpu', 'wasm'];

/** Passes through a model with inputs of one shape, with or without a gradient. */
interface Kind {
  passes: number;
  /** Absent: not recorded yet. */
  recorded?: RecordedPass | 'never';
}

interface Recordings {
  readonly structure: Structure;
  readonly kinds: Map<string, Kind>;
}

const recordings = new WeakMap<object, Recordings>();

/** The recordings of a model as it is now; `undefined` where its passes may differ from each other. */
function recordingsOf(model: object): Recordings | undefined {
  const structure = structureOf(model);
  if (structure === undefined) return undefined;
  const known = recordings.get(model);
  if (known && isSameStructure(known.structure, structure)) return known;
  const fresh: Recordings = {structure, kinds: new Map()};
  recordings.set(model, fresh);
  return fresh;
}

function kindOf({kinds}: Recordings, key: string): Kind {
  let kind = kinds.get(key);
  if (kind) {
    // The one that was used last is the last to go.
    kinds.delete(key);
    kinds.set(key, kind);
    return kind;
  }
  const [oldest] = kinds.keys();
  if (kinds.size >= MOST_KINDS && oldest !== undefined) kinds.delete(oldest);
  kinds.set(key, (kind = {passes: 0}));
  return kind;
}

/**
 * Makes passes of models whose weights are frozen. From the 21st of a kind on they are recorded ones, if the
 * model consists of layers that run the same operations in each: the same kernels in the same order, so the
 * same digits, without the work of tf.layers and of tfjs's engine. Before a recording is used it is compared
 * with an ordinary pass, bit for bit.
 */
export function repeatedPasses({folded, use, within}: FrozenContext): PassRunner {
  const models = new Map<object, Recordings | undefined>();
  // Looked at before its batch norms are folded, which are changed then.
  if (folded) models.set(folded.model, recordingsOf(folded.model));
  return (pass, x) => {
    const {model, kind: what} = pass;
    const ordinary = () => within(() => pass.run(x));
    const depth = tf.engine().state.gradientDepth;
    const isPossible = hasFrozenPasses() && (depth === 0 || (depth === 1 && isToInputOnly()));
    const isKnownKind = x.dtype === 'float32' && BACKENDS.includes(tf.getBackend());
    if (!isPossible || !isKnownKind || isObserved()) return ordinary();
    if (!models.has(model)) models.set(model, recordingsOf(model));
    const own = models.get(model);
    const isFolded = folded !== undefined && folded.count > 0 && folded.isCurrent();
    if (!own || (isFolded && model !== folded.model)) return ordinary();
    const key = `${tf.getBackend()} ${what} ${depth} ${isFolded} ${x.shape.join()}`;
    const kind = kindOf(own, key);
    if (own.structure.weights.some(({isDisposed}) => isDisposed)) return ordinary();
    const weights = [...own.structure.weights, ...(isFolded ? folded.tensors : [])];
    if (typeof kind.recorded === 'object') {
      const {recorded} = kind;
      if (recorded.isCurrent()) {
        use();
        try {
          return seriesPass(recorded, x, weights) ?? recorded.run(x, weights);
        } catch {
          // The ordinary pass says what is wrong.
          own.kinds.delete(key);
          return ordinary();
        }
      }
      own.kinds.delete(key); // by kernels that are no longer registered
    } else if (kind.recorded === undefined && ++kind.passes > ORDINARY_PASSES) {
      const record = () => {
        // Two weights that share data now may not later.
        if (!areApart(weights)) kind.passes = 0;
        else kind.recorded = verified(pass, x.shape, weights, depth === 1) ?? 'never';
      };
      if (depth === 0) within(record);
      else
        waitForGradient(kind, () => {
          within(record);
        });
    }
    return ordinary();
  };
}

// Different numbers, in [0, 1).
function pattern(shape: readonly number[], seed: number): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape([...shape]));
  for (let i = 0; i < values.length; i++) {
    values[i] = (Math.imul(i + seed, 0x9e3779b1) >>> 8) / 2 ** 24;
  }
  return tf.tensor(values, [...shape]);
}

const bitsOf = (tensor: tf.Tensor): Int32Array =>
  new Int32Array(tensor.dataSync<'float32'>().slice().buffer);

const isSameTensor = (a: tf.Tensor, b: tf.Tensor): boolean => {
  const bits = bitsOf(b);
  return a.size === b.size && bitsOf(a).every((word, i) => word === bits[i]);
};

const areApart = (weights: readonly tf.Tensor[]): boolean =>
  new Set(weights.map(({dataId}) => dataId)).size === weights.length;

/** Records a pass; `undefined` where it cannot be, or does not give what an ordinary one gives. */
function verified(
  {run}: ModelPass,
  shape: number[],
  weights: readonly tf.Tensor[],
  withGradient: boolean,
): RecordedPass | undefined {
  try {
    return disposeAll(() => {
      const [x, other] = [pattern(shape, 1), pattern(shape, 2)];
      const dyAt = (seed: number) => (withGradient ? pattern(run(x).shape, seed) : undefined);
      const recorded = recordPass({run, x, dy: dyAt(3), weights});
      if (!recorded) return undefined;
      const replay = (input: tf.Tensor) => recorded.run(input, weights);
      const dy = dyAt(4);
      const resultsOf = (f: (input: tf.Tensor) => tf.Tensor): tf.Tensor[] => {
        if (!dy) return [f(other)];
        const {value, grad} = disposeTapeOnThrow(() => tf.valueAndGrad(f)(other, dy as never));
        return [value, grad];
      };
      const expected = resultsOf(run);
      const isSame = resultsOf(replay).every((each, i) => isSameTensor(each, at(expected, i)));
      return isSame ? recorded : undefined;
    });
  } catch {
    return undefined; // what fails in an ordinary pass too is said there
  }
}
