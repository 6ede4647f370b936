import * as tf from '@tensorflow/tfjs-core';

import {isMissingGradientsError} from '../../../src/core/errors';
import {disposeTapeOnThrow} from '../../../src/core/memory';
import {createRng} from '../../../src/core/rng';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {type OpCase, inputsOf} from './opCase';

// Near enough that no kink is met (see `Values`), far enough that rounding stays small.
const STEP = 0.01;

/** What a case should give: computed on cpu. */
export interface Reference {
  readonly value: readonly number[];
  /** Gradients of <f, v> to each input: by central differences of fourth order, element by element. */
  readonly differences: readonly (readonly number[])[];
  /** The same by this library's kernels on cpu. */
  readonly analytic: readonly (readonly number[])[];
}

/** How a case did on a backend. Errors are relative: max |a - b| / max |b|. */
export interface AuditRecord {
  readonly op: string;
  readonly variant: string;
  /** `refused`: by this library, with a typed error. `none`: tfjs has no gradient. */
  readonly outcome: 'checked' | 'refused' | 'none';
  /** Error of the forward pass against cpu. */
  readonly value: number;
  /** Largest error of a gradient against finite differences; and against cpu. */
  readonly gradient: number;
  readonly againstCpu: number;
  /** As `gradient`, with the kernels that tfjs ships. */
  readonly stock: number | 'throws' | 'not finite';
}

/** max |a - b| / max |b|; infinite where a value is not finite, or one is missing. */
export function relativeError(a: readonly number[], b: readonly number[]): number {
  const worst = Math.max(...b.map((value, i) => Math.abs((a[i] ?? NaN) - value)));
  const error = worst === 0 ? 0 : worst / Math.max(...b.map(Math.abs));
  return a.length === b.length && Number.isFinite(error) ? error : Infinity;
}

const worstOf = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
  Math.max(...b.map((values, i) => relativeError(a[i] ?? [], values)));

/** The seeded v whose product with the output is differentiated. */
function weights(size: number): Float32Array {
  const rng = createRng(size);
  return Float32Array.from(
    {length: size},
    () => (rng.uniform() < 0.5 ? -1 : 1) * (0.5 + rng.uniform()),
  );
}

async function valueOf({f}: OpCase, inputs: tf.Tensor[]) {
  const y = withGradientKernels(() => tf.tidy(() => f(...inputs)));
  const value = Array.from(await y.data());
  const {shape} = y;
  y.dispose();
  return {value, shape};
}

async function gradientsOf({f}: OpCase, inputs: tf.Tensor[], shape: number[]): Promise<number[][]> {
  const gradients = tf.tidy(() =>
    disposeTapeOnThrow(() =>
      tf.grads(f)(inputs, tf.tensor(weights(tf.util.sizeFromShape(shape)), shape)),
    ),
  );
  const values = await Promise.all(gradients.map((gradient) => gradient.data()));
  tf.dispose(gradients);
  return values.map((array) => Array.from(array));
}

/** Central differences of <f, v>, summed up in double precision; on the current backend. */
function differencesOf({f}: OpCase, inputs: tf.Tensor[]): number[][] {
  const values = inputs.map((input) => input.dataSync());
  const product = (moved: number, element: number, by: number): number =>
    tf.tidy(() => {
      const tensors = inputs.map((input, i) => {
        if (i !== moved) return input;
        const copy = (values[i] as Float32Array).slice();
        copy[element] = (copy[element] as number) + by;
        return tf.tensor(copy, input.shape);
      });
      const y = f(...tensors).dataSync<'float32'>();
      const v = weights(y.length);
      return y.reduce((sum, value, k) => sum + value * (v[k] as number), 0);
    });
  return inputs.map((input, i) =>
    Array.from({length: input.size}, (_, k) => {
      const across = (by: number) => product(i, k, by) - product(i, k, -by);
      return (8 * across(STEP) - across(2 * STEP)) / (12 * STEP);
    }),
  );
}

/** The references of all cases; leaves the backend at cpu. */
export async function referencesOf(cases: readonly OpCase[]): Promise<Reference[]> {
  await tf.setBackend('cpu');
  const references: Reference[] = [];
  for (const opCase of cases) {
    const inputs = inputsOf(opCase);
    const {value, shape} = await valueOf(opCase, inputs);
    const exists = opCase.noGradient !== true;
    references.push({
      value,
      differences: exists ? withGradientKernels(() => differencesOf(opCase, inputs)) : [],
      analytic: exists ? await scoped(() => gradientsOf(opCase, inputs, shape)) : [],
    });
    tf.dispose(inputs);
  }
  return references;
}

// The gradients are computed before the first await, within the scope.
const scoped = <T>(body: () => Promise<T>): Promise<T> => {
  let result: Promise<T> | undefined;
  withGradientKernels(() => {
    result = body();
  });
  return result as unknown as Promise<T>;
};

async function stockError(
  opCase: OpCase,
  inputs: tf.Tensor[],
  shape: number[],
  {differences}: Reference,
): Promise<AuditRecord['stock']> {
  try {
    const error = worstOf(await gradientsOf(opCase, inputs, shape), differences);
    return Number.isFinite(error) ? error : 'not finite';
  } catch {
    return 'throws';
  }
}

/** Runs one case on the current backend. */
async function auditCase(
  opCase: OpCase,
  reference: Reference,
  withStock: boolean,
): Promise<AuditRecord> {
  const {op, variant} = opCase;
  const inputs = inputsOf(opCase);
  try {
    const {value, shape} = await valueOf(opCase, inputs);
    const record = {op, variant, value: relativeError(value, reference.value)};
    const missing = opCase.noGradientOn?.includes(tf.getBackend()) ?? false;
    const stock = withStock ? await stockError(opCase, inputs, shape, reference) : 0;
    try {
      const gradients = await scoped(() => gradientsOf(opCase, inputs, shape));
      const gradient = worstOf(gradients, reference.differences);
      const againstCpu = worstOf(gradients, reference.analytic);
      return {...record, outcome: 'checked', gradient, againstCpu, stock};
    } catch (error) {
      const outcome =
        isMissingGradientsError(error) && !error.message.includes('neither') ? 'refused' : 'none';
      if (outcome === 'none' && opCase.noGradient !== true && !missing) {
        throw new Error(`${op}, ${variant}: ${String(error)}`, {cause: error});
      }
      return {...record, outcome, gradient: 0, againstCpu: 0, stock};
    }
  } finally {
    tf.dispose(inputs);
  }
}

/** All cases on the current backend, and the number of tensors that outlived a right one. */
export async function auditAll(
  cases: readonly OpCase[],
  references: readonly Reference[],
  withStock = true,
): Promise<{records: AuditRecord[]; leaked: number}> {
  const records: AuditRecord[] = [];
  let leaked = 0;
  for (const [i, opCase] of cases.entries()) {
    const before = tf.memory().numTensors;
    const record = await auditCase(opCase, references[i] as Reference, withStock);
    records.push(record);
    // Where tfjs throws amid a gradient, it forgets tensors.
    if (record.outcome === 'checked' && record.stock !== 'throws') {
      leaked += tf.memory().numTensors - before;
    }
  }
  return {records, leaked};
}
