import type {SplitName} from './threads';

/** Numbers that are copied, `width` from each row; all counted in floats. */
export interface RowsCopy {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly width: number;
  readonly fromStride: number;
  readonly toStride: number;
}

/** A part of a kernel's work: the function's arguments, and what is copied for it. */
export interface KernelPart {
  /** Arguments; those at `scratch` are bytes from the start of the thread's own memory. */
  readonly args: readonly number[];
  /** Indices of the arguments that lie in the thread's own memory. */
  readonly scratch: readonly number[];
  /** Copied first, into the thread's own memory: `to` counts from there. */
  readonly before?: RowsCopy;
  /** Copied last, out of the thread's own memory: `from` counts from there. */
  readonly after?: RowsCopy;
}

/** How a kernel's work is split. */
export interface Split {
  readonly parts: readonly KernelPart[];
  /** Floats that a thread needs for itself. */
  readonly floats: number;
  /** Multiplications in all: with too few, waking the threads takes longer. */
  readonly products: number;
}

// Of fewer, copying and transforming take longer than the products.
const FEWEST_CHANNELS = 8;

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

/** Parts of a convolution: each has some of the examples. */
function partsOf(args: readonly number[], threads: number): readonly KernelPart[] {
  // x, filter, bias, low, y, batch, height, width, in, outHeight, outWidth, out, top, left, chunk, work
  const [x, y, batch] = [at(args, 0), at(args, 4), at(args, 5)];
  const inImage = at(args, 6) * at(args, 7) * at(args, 8);
  const outImage = at(args, 9) * at(args, 10) * at(args, 11);
  return runsOf(batch, 1, 4 * threads).map(([from, to]) => ({
    args: [
      ...[x + floats(from * inImage), ...args.slice(1, 4), y + floats(from * outImage)],
      ...[to - from, ...args.slice(6, 15), 0],
    ],
    scratch: [15],
  }));
}

/** A convolution by Winograd. */
const convolve =
  (tile: 2 | 4): Splitter =>
  (args, threads) => {
    const [batch, inChannels, outChannels] = [at(args, 5), at(args, 8), at(args, 11)];
    const matrices = (tile + 2) ** 2;
    const tiles = Math.ceil(at(args, 9) / tile) * Math.ceil(at(args, 10) / tile);
    return {
      parts: partsOf(args, threads),
      floats: matrices * (at(args, 14) * (inChannels + up8(outChannels)) + inChannels + 36),
      products: matrices * batch * tiles * inChannels * outChannels,
    };
  };

/** A convolution of stride 2, or the gradient to its input, as the first argument says. */
const strided: Splitter = ([turned = 0, ...args], threads) => {
  const [batch, inChannels, outChannels] = [at(args, 5), at(args, 8), at(args, 11)];
  const tile = turned === 0 ? 2 : 4;
  const tiles = Math.ceil(at(args, 9) / tile) * Math.ceil(at(args, 10) / tile);
  return {
    parts: partsOf(args, threads).map((part) => ({args: [turned, ...part.args], scratch: [16]})),
    floats: 25 * (at(args, 14) * (inChannels + up8(outChannels)) + inChannels + 38),
    products: 25 * batch * tiles * inChannels * outChannels,
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
 * The gradient to such a filter: each part has some of the input's channels, since every sum goes over all
 * examples. Its channels of x are copied together, and its gradient is copied to where it belongs. What
 * every part does again is to transform dy, which is less work than to transform x.
 */
const gradient =
  (tile: 2 | 4): Splitter =>
  (args, threads) => {
    // x, dy, to, batch, height, width, in, outHeight, outWidth, out, top, left, chunk, work
    const [x, to, batch, inChannels] = [at(args, 0), at(args, 2), at(args, 3), at(args, 6)];
    const [outChannels, chunk] = [at(args, 9), at(args, 12)];
    const matrices = (tile + 2) ** 2;
    const tiles = batch * Math.ceil(at(args, 7) / tile) * Math.ceil(at(args, 8) / tile);
    const pixels = batch * at(args, 4) * at(args, 5);
    const runs = runsOf(inChannels, FEWEST_CHANNELS, threads);
    const widest = Math.max(...runs.map(([first, end]) => end - first));
    const [copied, result] = [pixels * widest, 9 * widest * outChannels];
    const out8 = up8(outChannels);
    const work = matrices * (widest * out8 + chunk * (widest + out8) + widest + 52);
    return {
      parts: runs.map(([first, end]) => {
        const width = end - first;
        return {
          args: [
            ...[0, at(args, 1), floats(copied), ...args.slice(3, 6), width, ...args.slice(7, 13)],
            floats(copied + result),
          ],
          scratch: [0, 2, 13],
          before: {
            ...{from: x / 4 + first, to: 0, rows: pixels, width},
            ...{fromStride: inChannels, toStride: width},
          },
          after: {
            ...{from: copied, to: to / 4 + first * outChannels, rows: 9},
            ...{width: width * outChannels, fromStride: width * outChannels},
            toStride: inChannels * outChannels,
          },
        };
      }),
      floats: copied + result + work,
      products: matrices * tiles * inChannels * outChannels,
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

/** A product of matrices: each part has some of the rows, one for each thread, which packs b for itself. */
const dense: Splitter = (args, threads) => {
  // m, n, depth, a, b, bias, low, c, work
  const [m, n, depth, a, c] = [at(args, 0), at(args, 1), at(args, 2), at(args, 3), at(args, 7)];
  return {
    parts: runsOf(m, 4, threads).map(([from, to]) => ({
      args: [
        ...[to - from, n, depth, a + floats(from * depth), ...args.slice(4, 7)],
        ...[c + floats(from * n), 0],
      ],
      scratch: [8],
    })),
    floats: 48 + 8 * 256,
    products: m * n * depth,
  };
};

/** Splits by name. Of each output every term is summed in the order in which one thread sums them. */
export const SPLITS: Readonly<Record<SplitName, Splitter>> = {
  convolve2: convolve(2),
  convolve4: convolve(4),
  direct,
  strided,
  gradient2: gradient(2),
  gradient4: gradient(4),
  convInput,
  fewInputs,
  dense,
};
