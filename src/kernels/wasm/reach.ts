/** One axis of an operation whose outputs each see a run of inputs: a convolution, a pooling, a padding. */
export interface Axis {
  readonly inputs: number;
  readonly outputs: number;
  /** Inputs that an output sees, and how many further the next one begins. */
  readonly filter: number;
  readonly stride: number;
  /** Zeros before the first input. */
  readonly before: number;
  /** Outputs that are computed together, from a multiple of it on. */
  readonly tile: number;
}

/** A run on an axis: its first place, and the first one behind it. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * The outputs whose digits depend on any of the inputs, in whole tiles: what a tile has in common depends on all
 * inputs that its outputs see, even outputs of the last tile that are not there. Where no output sees any of
 * the inputs, the nearest tile.
 */
export function outputsOf({from, to}: Run, {outputs, filter, stride, before, tile}: Axis): Run {
  const last = tile * Math.ceil(outputs / tile) - 1;
  const first = Math.min(Math.max(Math.ceil((from + before - filter + 1) / stride), 0), last);
  const final = Math.min(Math.max(Math.floor((to - 1 + before) / stride), first), last);
  return {
    from: tile * Math.floor(first / tile),
    to: Math.min(outputs, tile * Math.ceil((final + 1) / tile)),
  };
}

/** The inputs that whole tiles of outputs see, and how many zeros before the first one. */
export function inputsOf(
  {from, to}: Run,
  {inputs, filter, stride, before, tile}: Omit<Axis, 'outputs'>,
): Run & {readonly before: number} {
  const first = from * stride - before;
  const behind = (tile * Math.ceil(to / tile) - 1) * stride - before + filter;
  const begin = Math.min(Math.max(first, 0), inputs);
  // Behind the last input there are zeros alone, from wherever they are counted.
  const zeros = Math.max(0, begin - first);
  return {from: begin, to: Math.max(begin, Math.min(behind, inputs)), before: zeros};
}
