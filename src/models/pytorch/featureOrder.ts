/**
 * Where the entries of a tensor stand in PyTorch, which has the channels of a map first. Flattening
 * keeps it: a flattened map is counted by the axes that it had.
 */
export interface FeatureOrder {
  /** Lengths of PyTorch's axes, without the batch; `null` where any length is taken. */
  readonly shape: readonly (number | null)[];
  /** For each axis here, the axis of `shape` that it is. */
  readonly axes: readonly number[];
  /** Whether it was only assumed, for an input of the model: nothing in front of it has weights. */
  readonly isAssumed?: boolean;
}

/** An order that cannot be followed behind some layer. */
export interface LostOrder {
  /** What is in the way, completing a sentence "found ...". */
  readonly lost: string;
}

/** Lengths of the axes of a tensor here, without the batch. */
export type Lengths = readonly (number | null)[];

/** Whether an order is lost. */
export const isLost = (order: FeatureOrder | LostOrder): order is LostOrder => 'lost' in order;

/** The order of a tensor that PyTorch has in the same shape. */
export const plainOrder = (lengths: Lengths): FeatureOrder => ({
  shape: lengths,
  axes: lengths.map((_, axis) => axis),
});

/** The order of a map of these lengths, whose channels are on the first or the last axis here. */
export const mapOrder = (lengths: Lengths, isFirst: boolean): FeatureOrder => {
  const last = lengths.length - 1;
  if (isFirst) return plainOrder(lengths);
  return {
    shape: [...lengths.slice(last), ...lengths.slice(0, last)],
    axes: lengths.map((_, axis) => (axis === last ? 0 : axis + 1)),
  };
};

/** Lengths of the axes here; of a flattened map those that it had. */
export const lengthsHere = ({shape, axes}: FeatureOrder): Lengths =>
  axes.map((axis) => shape[axis] ?? null);

/** The same axes at other lengths. */
export const withLengths = (order: FeatureOrder, lengths: Lengths): FeatureOrder => ({
  ...order,
  shape: order.shape.map((_, axis) => lengths[order.axes.indexOf(axis)] ?? null),
});

/** Axes of length 1 move nothing, and are left out. */
const movedAxes = ({shape, axes}: FeatureOrder): readonly number[] =>
  axes.filter((axis) => shape[axis] !== 1);

/** Whether each entry stands where PyTorch has it. */
export const isPlain = (order: FeatureOrder): boolean =>
  movedAxes(order).every((axis, i, all) => i === 0 || axis > (all[i - 1] ?? 0));

/** Whether entries stand in one order, in whatever shapes. */
export function isSameOrder(a: FeatureOrder, b: FeatureOrder): boolean {
  if (isPlain(a) && isPlain(b)) return true;
  const [ofA, ofB] = [placesOf(a), placesOf(b)];
  return ofA.length === ofB.length && ofA.every((place, i) => place === ofB[i]);
}

function placesOf(order: FeatureOrder): string[] {
  const moved = movedAxes(order);
  const inPyTorch = [...moved].sort((a, b) => a - b);
  return moved.map((axis) => `${inPyTorch.indexOf(axis)} of ${order.shape[axis]}`);
}
