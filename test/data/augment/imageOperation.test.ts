import {describe, expect, it} from 'vitest';

import {
  applyOperation,
  isSigned,
  magnitudeAt,
  OPERATION_NAMES,
  type OperationName,
} from '../../../src/data/augment/imageOperation';
import golden from '../../golden/augment-torchvision.json';
import {byteImages, bytesOf} from './byteFixtures';

describe('applyOperation', () => {
  const named = new Map(
    golden.cases.map(({name}) => [name, golden.cases.filter((other) => other.name === name)]),
  );

  it('has a fixture for every operation', () => {
    expect([...named.keys()].sort()).toEqual([...OPERATION_NAMES].sort());
  });

  it.each([...named])('%s is the one of torchvision', (name, cases) => {
    for (const {magnitude, result} of cases) {
      const images = byteImages().map((image) =>
        applyOperation(name as OperationName, image, magnitude),
      );
      const ours = images.flatMap(({data}) => [...data]);
      const theirs = bytesOf(result);
      const largest = ours.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (theirs[i] as number))),
        0,
      );
      expect(ours).toHaveLength(theirs.length);
      expect(largest, `at magnitude ${magnitude}`).toBe(0);
    }
  });
});

describe('magnitudeAt', () => {
  const image = {data: new Uint8Array(), height: 32, width: 64, channels: 3};

  it.each([
    ['RandAugment', golden.magnitudes.randAugment, 31],
    ['AutoAugment', golden.magnitudes.autoAugment, 10],
  ])('has the ranges of %s', (_name, ranges, bins) => {
    for (const [name, theirs] of Object.entries(ranges)) {
      const ours = Array.from({length: bins}, (_, i) =>
        magnitudeAt(name as OperationName, i / (bins - 1), image),
      );
      // Where torchvision has no magnitude, ours is 0 and not used.
      const wanted = theirs ?? Array<number>(bins).fill(0);
      ours.forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] as number)), `${name} ${i}`).toBeLessThan(1e-5);
      });
    }
  });

  it('has a sign where torchvision has one', () => {
    expect(Object.fromEntries(OPERATION_NAMES.map((name) => [name, isSigned(name)]))).toEqual(
      golden.signed,
    );
  });
});

describe('the magnitude of Posterize', () => {
  it('is a whole number of bits, of two that are as near the even one', () => {
    const [image] = byteImages();
    const bits = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.7, 0.875, 1].map((fraction) =>
      magnitudeAt('Posterize', fraction, image!),
    );
    expect(bits).toEqual([8, 8, 7, 6, 6, 6, 5, 4, 4]);
  });
});
