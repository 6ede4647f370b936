/** One tensor of a PyTorch `state_dict`, in PyTorch's layout. */
export interface StateTensor {
  /** Length of each axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** The values, row-major. */
  readonly values: Float32Array | Float64Array | BigInt64Array;
}

/** A PyTorch `state_dict`: tensors by name, in the file's order. */
export type StateDict = ReadonlyMap<string, StateTensor>;

/** Whether a value is an object of a shape and values, whatever these are. */
export const isShaped = (
  value: unknown,
): value is {readonly shape: readonly unknown[]; readonly values: unknown} =>
  typeof value === 'object' &&
  value !== null &&
  'values' in value &&
  'shape' in value &&
  Array.isArray(value.shape);
