import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {type KernelPart, SPLITS} from '../../../src/kernels/wasm/kernelParts';
import {MOST_ARGUMENTS, MOST_PARTS} from '../../../src/kernels/wasm/threadProgram';

const count = fc.integer({min: 1, max: 40});
const sizes = fc.record({
  ...{batch: count, height: count, width: count, outHeight: count, outWidth: count, chunk: count},
  inChannels: count.map((each) => 4 * each),
  outChannels: count.map((each) => 4 * each),
  threads: fc.integer({min: 2, max: 64}),
});

const arg = ({args}: KernelPart, i: number) => args[i] ?? NaN;

/** What the parts take of something, one after the other, without a gap and twice nothing. */
function covered(runs: readonly (readonly [from: number, length: number])[], first: number) {
  let at = first;
  for (const [from, length] of runs) {
    expect(from).toBe(at);
    expect(length).toBeGreaterThan(0);
    at += length;
  }
  return at - first;
}

describe('parts of kernels', () => {
  it.prop([sizes])('of a convolution: whole examples or channels, every one once', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
    const block = 8 * Math.ceil(outChannels / 8);
    const args = [
      ...[1000, 8, 16, -Infinity, 5000, batch, height, width, inChannels],
      ...[outHeight, outWidth, outChannels, 1, 1, chunk, 0, outChannels, block, 0, 999],
    ];
    const {parts, floats, products} = SPLITS.convolve2(args, size.threads);
    const tiles = batch * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2);
    expect(products).toBe(16 * tiles * inChannels * outChannels);
    expect(floats).toBe(16 * (chunk * (inChannels + block) + inChannels + 36));
    const image = 4 * height * width * inChannels;
    const output = 4 * outHeight * outWidth * outChannels;
    const byChannels = batch < size.threads || tiles < outChannels;
    const same = [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 18];
    if (byChannels) {
      const channels = parts.map((p) => [arg(p, 15), arg(p, 16)] as const);
      expect(covered(channels, 0)).toBe(outChannels);
      for (const part of parts) expect(arg(part, 15) % 8).toBe(0);
      same.push(0, 4, 5);
    } else {
      const covers = (index: number, each: number) =>
        covered(
          parts.map((p) => [arg(p, index), each * arg(p, 5)]),
          args[index] ?? NaN,
        );
      expect(covers(0, image)).toBe(image * batch);
      expect(covers(4, output)).toBe(output * batch);
      same.push(15, 16, 17);
    }
    for (const part of parts) {
      expect(part.scratch).toEqual([19]);
      expect(same.map((i) => part.args[i])).toEqual(same.map((i) => args[i]));
    }
  });

  it.prop([sizes])('of one by a filter as it is: channels, in blocks that fit', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
    const args = [
      ...[1000, 8, 16, -Infinity, 5000, batch, height, width, inChannels],
      ...[outHeight, outWidth, outChannels, 1, 1, chunk, 0, outChannels, 16, 2, 999],
    ];
    const {parts, floats} = SPLITS.convolve4(args, size.threads);
    expect(
      covered(
        parts.map((p) => [arg(p, 15), arg(p, 16)]),
        0,
      ),
    ).toBe(outChannels);
    const made = 36 * (inChannels * 16 + 16) + 216;
    expect(floats).toBe(36 * (chunk * (inChannels + 16) + inChannels + 36) + made);
    for (const part of parts) {
      expect(arg(part, 17)).toBe(Math.min(16, 8 * Math.ceil(arg(part, 16) / 8)));
      expect(arg(part, 18)).toBe(2);
    }
  });

  it.prop([sizes, fc.boolean()])(
    'of the gradient to a filter: channels or groups of examples',
    (size, isLarge) => {
      const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
      const block = 8 * Math.ceil(outChannels / 8);
      const groups = isLarge ? Math.min(batch, 5) : 1;
      const args = [
        ...[1000, 4000, 8000, batch, height, width, inChannels, outHeight, outWidth],
        ...[outChannels, 1, 1, chunk, 0, outChannels, block, ...(isLarge ? [groups] : []), 999],
      ];
      const tile = isLarge ? 4 : 2;
      const splitter = isLarge ? SPLITS.gradient4 : SPLITS.gradient2;
      const {parts, floats, products} = splitter(args, size.threads);
      const tiles = batch * Math.ceil(outHeight / tile) * Math.ceil(outWidth / tile);
      const matrices = (tile + 2) ** 2;
      expect(products).toBe(matrices * tiles * inChannels * outChannels);
      const work = inChannels * block + chunk * (inChannels + block) + inChannels + 52;
      expect(floats).toBe(matrices * work);
      const last = args.length - 1;
      const same = [4, 5, 6, 7, 8, 9, 10, 11, 12];
      if (groups > 1) {
        expect(parts).toHaveLength(groups);
        const [image, output] = [
          4 * height * width * inChannels,
          4 * outHeight * outWidth * outChannels,
        ];
        const covers = (index: number, each: number) =>
          covered(
            parts.map((p) => [arg(p, index), each * arg(p, 3)]),
            args[index] ?? NaN,
          );
        expect(covers(0, image)).toBe(image * batch);
        expect(covers(1, output)).toBe(output * batch);
        parts.forEach((part, g) => {
          expect(arg(part, 2)).toBe(8000 + g * 4 * 9 * inChannels * outChannels);
          // As the module parts them where one thread does them all.
          expect(arg(part, 0)).toBe(1000 + image * Math.floor((batch * g) / groups));
          expect(arg(part, 16)).toBe(1);
        });
        same.push(13, 14, 15);
      } else {
        expect(
          covered(
            parts.map((p) => [arg(p, 13), arg(p, 14)]),
            0,
          ),
        ).toBe(outChannels);
        same.push(0, 1, 2, 3);
      }
      for (const part of parts) {
        expect(part.scratch).toEqual([last]);
        expect(part.args).toHaveLength(args.length);
        expect(same.map((i) => part.args[i])).toEqual(same.map((i) => args[i]));
      }
    },
  );

  it.prop([sizes])('of the gradient to any filter: its rows, every one once', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
    const rows = 15 * inChannels;
    const args = [
      ...[1000, 4000, 8000, batch, height, width, inChannels, outHeight, outWidth, outChannels],
      ...[3, 5, 2, 1, 1, 2, chunk, 0, rows, 999],
    ];
    const {parts, floats, products} = SPLITS.convFilter(args, size.threads);
    expect(
      covered(
        parts.map((p) => [arg(p, 17), arg(p, 18)]),
        0,
      ),
    ).toBe(rows);
    expect(floats).toBe(48 + 8 * 256 + chunk * rows);
    expect(products).toBe(batch * outHeight * outWidth * outChannels * rows);
    for (const part of parts) {
      expect(part.scratch).toEqual([19]);
      expect(part.args.slice(0, 17)).toEqual(args.slice(0, 17));
    }
  });

  it.prop([sizes])('of pooling: whole examples, every one once', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, threads} = size;
    const [image, output] = [height * width * inChannels, outHeight * outWidth * inChannels];
    const shape = [batch, height, width, inChannels, outHeight, outWidth];
    const covers = (parts: readonly KernelPart[], at: number, count: number, each: number) =>
      covered(
        parts.map((p) => [arg(p, at), 4 * each * arg(p, count)]),
        64 * at + 64,
      );
    const back = SPLITS.maxPool([64, 128, 192, ...shape, 3, 3, 2, 2, 1, 0], threads);
    expect(covers(back.parts, 0, 3, image)).toBe(4 * batch * image);
    expect(covers(back.parts, 1, 3, output)).toBe(4 * batch * output);
    expect(covers(back.parts, 2, 3, image)).toBe(4 * batch * image);
    expect(back.products).toBe(16 * batch * image);
    for (const {args} of back.parts)
      expect(args.slice(4)).toEqual([...shape.slice(1), 3, 3, 2, 2, 1, 0]);
    const forward = SPLITS.largest2([64, 128, ...shape], threads);
    expect(covers(forward.parts, 0, 2, image)).toBe(4 * batch * image);
    expect(covers(forward.parts, 1, 2, output)).toBe(4 * batch * output);
    expect(forward.products).toBe(16 * batch * image);
    for (const {args} of forward.parts) expect(args.slice(3)).toEqual(shape.slice(1));
  });

  it.prop([fc.constantFrom(1, 7), count, count, count, fc.integer({min: 2, max: 64})])(
    'of products of matrices: some of the batch, of the rows or of the columns',
    (batch, m, n, depth, threads) => {
      const args = [
        ...[batch, m, n, depth, 1000, m * depth, depth, 1, 2000, n * depth, 1, depth],
        ...[3000, m * n, n, 999],
      ];
      const {parts, products, floats} = SPLITS.multiplyBatch(args, threads);
      expect(products).toBe(batch * m * n * depth);
      expect(floats).toBe(48 + 8 * 256);
      const [which, length] = batch > 1 ? [0, batch] : m >= n ? [1, m] : [2, n];
      const steps =
        which === 0
          ? {4: m * depth, 8: n * depth, 12: m * n}
          : which === 1
            ? {4: depth, 12: n}
            : {8: depth, 12: 1};
      for (const [at, step] of Object.entries(steps)) {
        const runs = parts.map((p) => [arg(p, Number(at)), 4 * step * arg(p, which)] as const);
        expect(covered(runs, args[Number(at)] ?? NaN)).toBe(4 * step * length);
      }
      const moved = [which, ...Object.keys(steps).map(Number), 15];
      for (const part of parts) {
        expect(part.scratch).toEqual([15]);
        for (const i of args.keys()) if (!moved.includes(i)) expect(part.args[i]).toBe(args[i]);
      }
    },
  );

  it.prop([fc.integer({min: 1, max: 100_000}), fc.integer({min: 2, max: 64})])(
    'of sweeps over values: every one once, and what is for all is handed on',
    (length, threads) => {
      const covers = (parts: readonly KernelPart[], at: number, count: number, each: number) =>
        covered(
          parts.map((p) => [arg(p, at), 4 * each * arg(p, count)]),
          64 * at + 64,
        );
      const places = [64, 128, 192, 256, 320, 384, 448, 512, 576];
      const add = SPLITS.elementwise([64, 128, 192, length], threads).parts;
      const ofOne = (split: keyof typeof SPLITS, args: number[]) =>
        SPLITS[split](args, threads).products;
      expect(ofOne('elementwise', [64, 128, length])).toBe(16 * length);
      expect(ofOne('sgdStep', [64, 128, 0, 256, 320, length, 0.1, 0, 0.9, 1, 0])).toBe(16 * length);
      expect(ofOne('normalise', [...places.slice(0, 5), 1e-3, 448, length, 20])).toBe(320 * length);
      expect(ofOne('addRow', [64, 128, 192, length, 20])).toBe(320 * length);
      expect(ofOne('range', [64, 128, length, 20, 0, 7])).toBe(320 * length);
      for (const at of [0, 1, 2]) expect(covers(add, at, 3, 1)).toBe(4 * length);
      const step = SPLITS.sgdStep([64, 128, 0, 256, 320, length, 0.1, 0, 0.9, 1, 0], threads).parts;
      for (const at of [0, 1, 3, 4]) expect(covers(step, at, 5, 1)).toBe(4 * length);
      for (const part of step) {
        // There is no velocity yet.
        expect(part.args[2]).toBe(0);
        expect(part.args.slice(6)).toEqual([0.1, 0, 0.9, 1, 0]);
      }
      const normed = SPLITS.normalise(
        [...places.slice(0, 5), 1e-3, 448, length, 20],
        threads,
      ).parts;
      for (const at of [0, 6]) expect(covers(normed, at, 7, 20)).toBe(80 * length);
      for (const {args} of normed) expect(args.slice(1, 6)).toEqual([128, 192, 256, 320, 1e-3]);
      const sums = SPLITS.addRow([64, 128, 192, length, 20], threads).parts;
      for (const at of [0, 2]) expect(covers(sums, at, 3, 20)).toBe(80 * length);
      for (const {args} of sums) expect([args[1], args[4]]).toEqual([128, 20]);
      const blocks = SPLITS.range([64, 128, 1e6, 20, 3, 3 + length], threads).parts;
      expect(
        covered(
          blocks.map((p) => [arg(p, 4), arg(p, 5) - arg(p, 4)]),
          3,
        ),
      ).toBe(length);
      for (const {args} of blocks) expect(args.slice(0, 4)).toEqual([64, 128, 1e6, 20]);
    },
  );

  it.prop([sizes])('of a product: rows, every one once, in whole tiles', (size) => {
    const {batch: rows, inChannels: depth, outChannels: columns, threads} = size;
    const args = [rows, columns, depth, 1000, 2000, 16, -Infinity, 5000, 7000, 999];
    const {parts, products} = SPLITS.dense(args, threads);
    expect(products).toBe(rows * columns * depth);
    expect(parts.length).toBeLessThanOrEqual(threads);
    const covers = (at: number, width: number) =>
      covered(
        parts.map((p) => [arg(p, at), 4 * width * arg(p, 0)]),
        args[at] ?? NaN,
      );
    expect(covers(3, depth)).toBe(4 * rows * depth);
    expect(covers(7, columns)).toBe(4 * rows * columns);
    for (const part of parts.slice(0, -1)) expect(arg(part, 0) % 4).toBe(0);
    for (const part of parts) {
      expect(part.scratch).toEqual([9]);
      expect([1, 2, 4, 5, 6, 8].map((i) => part.args[i])).toEqual(
        [1, 2, 4, 5, 6, 8].map((i) => args[i]),
      );
    }
  });

  it.prop([sizes])(
    'of direct sums: whole examples, every one once, behind the sizes of windows',
    (size) => {
      const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
      const windows = [3, 5, 2, 1];
      const args = [
        ...[...windows, 1000, 8, 16, -Infinity, 5000, batch, height, width, inChannels],
        ...[outHeight, outWidth, outChannels, 1, 1, chunk, 999],
      ];
      const {parts, floats, products} = SPLITS.direct(args, size.threads);
      expect(products).toBe(batch * outHeight * outWidth * 3 * 5 * inChannels * outChannels);
      const out8 = 8 * Math.ceil(outChannels / 8);
      const padded = ((chunk - 1) * 2 + 3) * (outWidth - 1 + 5) * inChannels;
      expect(floats).toBe(32 + out8 + padded);
      const [image, output] = [
        4 * height * width * inChannels,
        4 * outHeight * outWidth * outChannels,
      ];
      const covers = (index: number, each: number) =>
        covered(
          parts.map((p) => [arg(p, index), each * arg(p, 9)]),
          args[index] ?? NaN,
        );
      expect(covers(4, image)).toBe(image * batch);
      expect(covers(8, output)).toBe(output * batch);
      for (const part of parts) {
        expect(part.scratch).toEqual([19]);
        const same = [0, 1, 2, 3, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18];
        expect(same.map((i) => part.args[i])).toEqual(same.map((i) => args[i]));
      }
    },
  );

  it.prop([sizes])('of the gradient to few channels: whole examples, every one once', (size) => {
    const {batch, height, width, outHeight, outWidth, outChannels, chunk} = size;
    const args = [
      ...[1000, 8, 5000, batch, height, width, 3, outHeight, outWidth, outChannels],
      ...[3, 5, 1, 2, chunk, 999],
    ];
    const {parts, floats, products} = SPLITS.fewInputs(args, size.threads);
    expect(products).toBe(batch * outHeight * outWidth * outChannels * 45);
    expect(floats).toBe((outChannels + 3 * chunk) * 48 + 4);
    const [output, image] = [4 * outHeight * outWidth * outChannels, 4 * height * width * 3];
    const covers = (index: number, each: number) =>
      covered(
        parts.map((p) => [arg(p, index), each * arg(p, 3)]),
        args[index] ?? NaN,
      );
    expect(covers(0, output)).toBe(output * batch);
    expect(covers(2, image)).toBe(image * batch);
    for (const part of parts) {
      expect(part.scratch).toEqual([15]);
      const same = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
      expect(same.map((i) => part.args[i])).toEqual(same.map((i) => args[i]));
    }
  });

  it.prop([sizes])('fit into what the threads are told by', (size) => {
    for (const split of Object.values(SPLITS)) {
      const args = Array.from({length: 20}, (_, i) =>
        i === 3 || i === 5 || i === 9 ? size.batch : 4,
      );
      const {parts} = split(args, size.threads);
      expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
      for (const part of parts) expect(part.args.length).toBeLessThanOrEqual(MOST_ARGUMENTS);
    }
  });
});
