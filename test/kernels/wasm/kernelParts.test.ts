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
  it.prop([sizes])('of a convolution: whole examples, every one once', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
    const args = [
      ...[1000, 8, 16, -Infinity, 5000, batch, height, width, inChannels],
      ...[outHeight, outWidth, outChannels, 1, 1, chunk, 999],
    ];
    const {parts, products} = SPLITS.convolve2(args, size.threads);
    const tiles = batch * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2);
    expect(products).toBe(16 * tiles * inChannels * outChannels);
    const image = 4 * height * width * inChannels;
    const output = 4 * outHeight * outWidth * outChannels;
    expect(
      covered(
        parts.map((p) => [arg(p, 0), image * arg(p, 5)]),
        1000,
      ),
    ).toBe(image * batch);
    expect(
      covered(
        parts.map((p) => [arg(p, 4), output * arg(p, 5)]),
        5000,
      ),
    ).toBe(output * batch);
    for (const part of parts) {
      expect(part.scratch).toEqual([15]);
      expect([1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((i) => part.args[i])).toEqual(
        [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((i) => args[i]),
      );
    }
  });

  it.prop([sizes])('of the gradient to a filter: channels, every one once', (size) => {
    const {batch, height, width, inChannels, outHeight, outWidth, outChannels, chunk} = size;
    const args = [
      ...[1000, 4000, 8000, batch, height, width, inChannels, outHeight, outWidth],
      ...[outChannels, 1, 1, chunk, 999],
    ];
    const {parts, floats, products} = SPLITS.gradient4(args, size.threads);
    const tiles = batch * Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);
    expect(products).toBe(36 * tiles * inChannels * outChannels);
    const channels = parts.map((p) => [p.before?.from ?? NaN, arg(p, 6)] as const);
    expect(covered(channels, 250)).toBe(inChannels);
    const outputs = parts.map((p) => [p.after?.to ?? NaN, p.after?.width ?? NaN] as const);
    expect(covered(outputs, 2000)).toBe(inChannels * outChannels);
    const pixels = batch * height * width;
    for (const part of parts) {
      const of = arg(part, 6);
      expect(part.scratch).toEqual([0, 2, 13]);
      expect(part.before).toMatchObject({to: 0, rows: pixels, width: of, fromStride: inChannels});
      expect(part.after).toMatchObject({rows: 9, toStride: inChannels * outChannels});
      // x, gradient and work lie one behind the other, and fit.
      expect(arg(part, 0)).toBe(0);
      expect(arg(part, 2)).toBeGreaterThanOrEqual(4 * pixels * of);
      expect(part.after?.from).toBe(arg(part, 2) / 4);
      expect(arg(part, 13) - arg(part, 2)).toBeGreaterThanOrEqual(4 * 9 * of * outChannels);
      const out8 = 8 * Math.ceil(outChannels / 8);
      const work = 36 * (of * out8 + chunk * (of + out8) + of + 52);
      expect(arg(part, 13) / 4 + work).toBeLessThanOrEqual(floats);
      expect([1, 3, 4, 5, 7, 8, 9, 10, 11, 12].map((i) => part.args[i])).toEqual(
        [1, 3, 4, 5, 7, 8, 9, 10, 11, 12].map((i) => args[i]),
      );
    }
  });

  it.prop([sizes])('of a product: rows, every one once, in whole tiles', (size) => {
    const {batch: rows, inChannels: depth, outChannels: columns, threads} = size;
    const args = [rows, columns, depth, 1000, 2000, 16, -Infinity, 5000, 999];
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
      expect(part.scratch).toEqual([8]);
      expect([1, 2, 4, 5, 6].map((i) => part.args[i])).toEqual([1, 2, 4, 5, 6].map((i) => args[i]));
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
