import type {SplitName} from './threads';

/** A part of a kernel's work: the function's arguments. */
export interface KernelPart {
  /** Arguments; those at `scratch` are bytes from the start of the thread's own memory. */
  readonly args: readonly number[];
  /** Indices of the arguments that lie in the thread's own memory. */
  readonly scratch: readonly number[];
}

/** How a kernel's work is split. */
export interface Split {
  readonly parts: readonly KernelPart[];
  /** Floats that a thread needs for itself. */
  readonly floats: number;
  /** Multiplications in all: with too few, waking the threads takes longer. */
  readonly products: number;
}

// Tiles of which all numbers of a filter are multiplied: with fewer, reading it takes longer.
const FEWEST_TILES = 24;

type Splitter = (args: readonly number[], threads: number) => Split;

const floats = (count: number): number => 4 * count;
const up8 = (count: number): number => 8 * Math.ceil(count / 8);

/** Cuts `total` into runs of whole `unit`s, some for each thread: who is done first takes another. */
function runsOf(total: number, unit: number, most: number): readonly (readonly [number, number])[] {
  const units = Math.ceil(total / unit);
  const count = Math.max(1, Math.min(units, most));
  return Array.from({length: count}, (_, i) => {
    const [from, to] = [i, i + 1].map((j) => unit * Math.floor((j * units) / count));
    return [from ?? 0, Math.min(to ?? 0, total)] as const;
  });
}

const at = (args: readonly number[], index: number): number => args[index] ?? 0;

/** Parts of a convolution: each has some of the examples, `unit` of them at least. */
function partsOf(args: readonly number[], threads: number, unit = 1): readonly KernelPart[] {
  // x, filter, bias, low, y, batch, height, width, in, outHeight, outWidth, out, ..., work
  const [x, y, batch] = [at(args, 0), at(args, 4), at(args, 5)];
  const inImage = at(args, 6) * at(args, 7) * at(args, 8);
  const outImage = at(args, 9) * at(args, 10) * at(args, 11);
  const last = args.length - 1;
  return runsOf(batch, unit, 4 * threads).map(([from, to]) => ({
    args: [
      ...[x + floats(from * inImage), ...args.slice(1, 4), y + floats(from * outImage)],
      ...[to - from, ...args.slice(6, last), 0],
    ],
    scratch: [last],
  }));
}

/**
 * A convolution by Winograd: each part has some of the examples, or where the filter is larger than what is
 * made of the input, some of the output's channels, so that each thread reads its part of the filter alone.
 */
const convolve =
  (tile: 2 | 4): Splitter =>
  (args, threads) => {
    // x, filter, bias, low, y, batch, height, width, in, outHeight, outWidth, out, top, left, chunk, from,
    // columns, block, fresh, work
    const [batch, inChannels, outChannels] = [at(args, 5), at(args, 8), at(args, 11)];
    const [chunk, block, fresh] = [at(args, 14), at(args, 17), at(args, 18)];
    const matrices = (tile + 2) ** 2;
    const tiles = Math.ceil(at(args, 9) / tile) * Math.ceil(at(args, 10) / tile);
    const byChannels = fresh !== 0 || batch < threads || batch * tiles < outChannels;
    const parts = byChannels
      ? runsOf(outChannels, 8, threads).map(([from, to]) => ({
          args: [
            ...[...args.slice(0, 15), from, to - from, Math.min(block, up8(to - from))],
            ...[fresh, 0],
          ],
          scratch: [19],
        }))
      : partsOf(args, threads, Math.ceil(FEWEST_TILES / tiles));
    const made = fresh === 0 ? 0 : matrices * (inChannels * block + 16) + 216;
    return {
      parts,
      floats: matrices * (chunk * (inChannels + block) + inChannels + 36) + made,
      products: matrices * batch * tiles * inChannels * outChannels,
    };
  };

/** A convolution of stride 2, or the gradient to its input, as the first argument says. */
const strided: Splitter = ([turned = 0, line = 0, ...args], threads) => {
  const [batch, inChannels, outChannels] = [at(args, 5), at(args, 8), at(args, 11)];
  const tile = turned === 0 ? 2 : 4;
  const matrices = line * line;
  const tiles = Math.ceil(at(args, 9) / tile) * Math.ceil(at(args, 10) / tile);
  return {
    parts: partsOf(args, threads).map((part) => ({
      args: [turned, line, ...part.args],
      scratch: [17],
    })),
    floats: matrices * (at(args, 14) * (inChannels + up8(outChannels)) + inChannels + 39),
    products: matrices * batch * tiles * inChannels * outChannels,
  };
};

/** A convolution by direct sums, the sizes of its windows before the other arguments. */
const direct: Splitter = (args, threads) => {
  const [height = 0, width = 0, strideHeight = 0, strideWidth = 0, ...rest] = args;
  const [batch, inChannels, outChannels] = [at(rest, 5), at(rest, 8), at(rest, 11)];
  const [outHeight, outWidth, chunk] = [at(rest, 9), at(rest, 10), at(rest, 14)];
  const perRow = ((outWidth - 1) * strideWidth + width) * inChannels;
  return {
    parts: partsOf(rest, threads).map((part) => ({
      args: [height, width, strideHeight, strideWidth, ...part.args],
      scratch: [19],
    })),
    floats: 32 + up8(outChannels) + ((chunk - 1) * strideHeight + height) * perRow,
    products: batch * outHeight * outWidth * height * width * inChannels * outChannels,
  };
};

/**
 * The gradient to such a filter: each part has some of the output's channels, since every sum goes over all
 * examples, or where these are in groups, a group. What every part of channels does again is to transform x.
 */
const gradient =
  (tile: 2 | 4): Splitter =>
  (args, threads) => {
    // x, dy, to, batch, height, width, in, outHeight, outWidth, out, top, left, chunk, from, columns, block,
    // groups (of tile 4), work
    const [x, dy, to, batch] = [at(args, 0), at(args, 1), at(args, 2), at(args, 3)];
    const [inChannels, outChannels] = [at(args, 6), at(args, 9)];
    const [chunk, block] = [at(args, 12), at(args, 15)];
    const groups = tile === 4 ? at(args, 16) : 1;
    const last = args.length - 1;
    const matrices = (tile + 2) ** 2;
    const tiles = Math.ceil(at(args, 7) / tile) * Math.ceil(at(args, 8) / tile);
    const inImage = at(args, 4) * at(args, 5) * inChannels;
    const outImage = at(args, 7) * at(args, 8) * outChannels;
    const byGroups = (): KernelPart[] =>
      runsOf(batch, 1, groups).map(([from, end], g) => ({
        args: [
          ...[x + floats(from * inImage), dy + floats(from * outImage)],
          ...[to + floats(g * 9 * inChannels * outChannels), end - from],
          ...[...args.slice(4, 16), 1, 0],
        ],
        scratch: [last],
      }));
    const byChannels = (): KernelPart[] =>
      runsOf(outChannels, 8, threads).map(([from, end]) => ({
        args: [
          ...[...args.slice(0, 13), from, end - from, Math.min(block, up8(end - from))],
          ...[...args.slice(16, last), 0],
        ],
        scratch: [last],
      }));
    return {
      parts: groups > 1 ? byGroups() : byChannels(),
      floats: matrices * (inChannels * block + chunk * (inChannels + block) + inChannels + 52),
      products: matrices * batch * tiles * inChannels * outChannels,
    };
  };

/** The gradient of any convolution to its input: each part has some of the examples. */
const convInput: Splitter = (args, threads) => {
  // dy, filter, dx, batch, inHeight, inWidth, in, outHeight, outWidth, out, fh, fw, sh, sw, top, left,
  // chunk, work
  const [dy, dx, batch] = [at(args, 0), at(args, 2), at(args, 3)];
  const [inChannels, outChannels, chunk] = [at(args, 6), at(args, 9), at(args, 16)];
  const inImage = at(args, 4) * at(args, 5) * inChannels;
  const outImage = at(args, 7) * at(args, 8) * outChannels;
  const window = at(args, 10) * at(args, 11) * inChannels;
  return {
    parts: runsOf(batch, 1, 4 * threads).map(([from, to]) => ({
      args: [
        ...[dy + floats(from * outImage), at(args, 1), dx + floats(from * inImage), to - from],
        ...[...args.slice(4, 17), 0],
      ],
      scratch: [17],
    })),
    floats: 48 + (outChannels + chunk) * up8(window),
    products: batch * outImage * window,
  };
};

/** The gradient of any convolution to its filter: each part has some of the filter's rows. */
const convFilter: Splitter = (args, threads) => {
  // x, dy, to, batch, inHeight, inWidth, in, outHeight, outWidth, out, fh, fw, sh, sw, top, left, chunk, row,
  // some, work
  const rows = at(args, 18);
  return {
    parts: runsOf(rows, 4, threads).map(([from, to]) => ({
      args: [...args.slice(0, 17), from, to - from, 0],
      scratch: [19],
    })),
    floats: 48 + 8 * 256 + at(args, 16) * rows,
    products: at(args, 3) * at(args, 7) * at(args, 8) * at(args, 9) * rows,
  };
};

/** The gradient of a convolution to an input of few channels: each part has some of the examples. */
const fewInputs: Splitter = (args, threads) => {
  // dy, filter, dx, batch, height, width, in, outHeight, outWidth, out, fh, fw, top, left, paddedWidth, work
  const [dy, dx, batch] = [at(args, 0), at(args, 2), at(args, 3)];
  const inImage = at(args, 4) * at(args, 5) * at(args, 6);
  const outImage = at(args, 7) * at(args, 8) * at(args, 9);
  const window = at(args, 10) * at(args, 11) * at(args, 6);
  return {
    parts: runsOf(batch, 1, 4 * threads).map(([from, to]) => ({
      args: [
        ...[dy + floats(from * outImage), at(args, 1), dx + floats(from * inImage), to - from],
        ...[...args.slice(4, 15), 0],
      ],
      scratch: [15],
    })),
    floats: (at(args, 9) + at(args, 10) * at(args, 14)) * up8(window) + 4,
    products: batch * outImage * window,
  };
};

/** A product of matrices: each part has some of the rows, one for each thread, which packs b if it is not. */
const dense: Splitter = (args, threads) => {
  // m, n, depth, a, b, bias, low, c, whole, work
  const [m, n, depth, a, c] = [at(args, 0), at(args, 1), at(args, 2), at(args, 3), at(args, 7)];
  return {
    parts: runsOf(m, 4, threads).map(([from, to]) => ({
      args: [
        ...[to - from, n, depth, a + floats(from * depth), ...args.slice(4, 7)],
        ...[c + floats(from * n), at(args, 8), 0],
      ],
      scratch: [9],
    })),
    floats: 48 + 8 * 256,
    products: m * n * depth,
  };
};

/** What each thread has of arguments: some of the units, by which addresses go on by so many floats. */
function stretch(
  args: readonly number[],
  threads: number,
  {steps, length, unit}: {steps: Readonly<Record<number, number>>; length: number; unit: number},
): readonly KernelPart[] {
  return runsOf(at(args, length), unit, threads).map(([from, to]) => ({
    args: args.map((arg, i) => {
      if (i === length) return to - from;
      // An address of 0 stands for nothing.
      return arg === 0 ? 0 : arg + floats(from * (steps[i] ?? 0));
    }),
    scratch: [],
  }));
}

// Multiplications that take as long as reading and writing one value.
const OF_VALUE = 16;
// Values that a thread has at least: they end where a line of the cache does.
const VALUES = 1024;

/** An operation on single values: addresses of all tensors, and how many values they have. */
const elementwise: Splitter = (args, threads) => {
  const length = args.length - 1;
  const steps = Object.fromEntries(args.slice(0, length).map((_, i) => [i, 1]));
  const parts = stretch(args, threads, {steps, length, unit: VALUES});
  return {parts, floats: 0, products: OF_VALUE * at(args, length)};
};

/** A step of gradient descent: variable, gradient, velocity, to, next, length, what holds for all. */
const sgdStep: Splitter = (args, threads) => {
  const steps = {0: 1, 1: 1, 2: 1, 3: 1, 4: 1};
  const parts = stretch(args, threads, {steps, length: 5, unit: VALUES});
  return {parts, floats: 0, products: OF_VALUE * at(args, 5)};
};

/** Batch norm by given statistics: each part has some of the rows. */
const normalise: Splitter = (args, threads) => {
  // x, mean, variance, gamma, beta, epsilon, y, rows, channels
  const channels = at(args, 8);
  const parts = stretch(args, threads, {steps: {0: channels, 6: channels}, length: 7, unit: 16});
  return {parts, floats: 0, products: OF_VALUE * at(args, 7) * channels};
};

/** The gradient of max pooling: each part has some of the examples. */
const maxPool: Splitter = (args, threads) => {
  // x, dy, dx, batch, height, width, channels, outHeight, outWidth, what holds for all
  const [image, output] = [
    at(args, 4) * at(args, 5) * at(args, 6),
    at(args, 7) * at(args, 8) * at(args, 6),
  ];
  const parts = stretch(args, threads, {
    steps: {0: image, 1: output, 2: image},
    length: 3,
    unit: 1,
  });
  return {parts, floats: 0, products: OF_VALUE * at(args, 3) * image};
};

/** Max pooling of 2x2 windows, likewise. */
const largest2: Splitter = (args, threads) => {
  // x, y, batch, height, width, channels, outHeight, outWidth
  const [image, output] = [
    at(args, 3) * at(args, 4) * at(args, 5),
    at(args, 6) * at(args, 7) * at(args, 5),
  ];
  const parts = stretch(args, threads, {steps: {0: image, 1: output}, length: 2, unit: 1});
  return {parts, floats: 0, products: OF_VALUE * at(args, 2) * image};
};

/** Products of any matrices: some of the batch, or of one the longer of rows and columns. */
const multiplyBatch: Splitter = (args, threads) => {
  // batch, m, n, depth, a, aBatch, aRow, aColumn, b, bBatch, bRow, bColumn, c, cBatch, cRow, work
  const [batch, m, n, depth] = args as [number, number, number, number];
  const [aBatch, aRow, bBatch, bColumn] = [at(args, 5), at(args, 6), at(args, 9), at(args, 11)];
  const [cBatch, cRow] = [at(args, 13), at(args, 14)];
  const how =
    batch > 1
      ? {steps: {4: aBatch, 8: bBatch, 12: cBatch}, length: 0, unit: 1}
      : m >= n
        ? {steps: {4: aRow, 12: cRow}, length: 1, unit: 4}
        : {steps: {8: bColumn, 12: 1}, length: 2, unit: 8};
  return {
    parts: stretch(args, threads, how).map((part) => ({
      args: [...part.args.slice(0, 15), 0],
      scratch: [15],
    })),
    floats: 48 + 8 * 256,
    products: batch * m * n * depth,
  };
};

/** A row added to all rows: a, b, y, rows, channels. */
const addRow: Splitter = (args, threads) => {
  const channels = at(args, 4);
  const parts = stretch(args, threads, {steps: {0: channels, 2: channels}, length: 3, unit: 16});
  return {parts, floats: 0, products: OF_VALUE * at(args, 3) * channels};
};

/** A function whose last arguments are rows, channels, and the start and the end of what it handles. */
const range: Splitter = (args, threads) => {
  const [rows, channels, start, end] = args.slice(-4) as [number, number, number, number];
  return {
    parts: runsOf(end - start, 1, threads).map(([from, to]) => ({
      args: [...args.slice(0, -2), start + from, start + to],
      scratch: [],
    })),
    floats: 0,
    products: OF_VALUE * rows * channels,
  };
};

/** Splits by name. Of each output every term is summed in the order in which one thread sums them. */
export const SPLITS: Readonly<Record<SplitName, Splitter>> = {
  ...{addRow, elementwise, largest2, maxPool, multiplyBatch, normalise, range, sgdStep},
  convolve2: convolve(2),
  convolve4: convolve(4),
  direct,
  strided,
  gradient2: gradient(2),
  gradient4: gradient(4),
  convFilter,
  convInput,
  fewInputs,
  dense,
};
