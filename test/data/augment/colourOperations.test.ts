import {describe, expect, it} from 'vitest';

import * as operations from '../../../src/data/augment/colourOperations';

const grey = (height: number, width: number, data: number[]) => ({
  ...{data: Uint8Array.from(data), height, width, channels: 1},
});

// Results against torchvision: imageOperation.test.ts. Here the edges.
describe('changes of colour', () => {
  it('leave grey images alone where there is no colour', () => {
    expect([...operations.saturation(grey(1, 2, [3, 200]), 0).data]).toEqual([3, 200]);
    expect([...operations.contrast(grey(1, 2, [0, 100]), 0).data]).toEqual([50, 50]);
  });

  it('leave channels of one value alone', () => {
    expect([...operations.autoContrast(grey(2, 2, [7, 7, 7, 7])).data]).toEqual([7, 7, 7, 7]);
    expect([...operations.equalize(grey(2, 2, [7, 7, 7, 7])).data]).toEqual([7, 7, 7, 7]);
  });

  it('stretch from black to white', () => {
    expect([...operations.autoContrast(grey(1, 3, [0, 128, 255])).data]).toEqual([0, 128, 255]);
    // As torchvision: float32 division may end just short of 255.
    expect([...operations.autoContrast(grey(1, 3, [10, 20, 30])).data]).toEqual([0, 127, 254]);
  });

  it('equalise a ramp of all values to itself', () => {
    const ramp = Array.from({length: 512}, (_, i) => i >> 1);
    expect([...operations.equalize(grey(16, 32, ramp)).data]).toEqual(ramp);
  });

  it('sharpen the inside only', () => {
    const image = grey(3, 3, [0, 0, 0, 0, 130, 0, 0, 0, 0]);
    // The mean, the middle counted five times: 5 · 130 / 13 = 50.
    expect([...operations.sharpness(image, 0).data]).toEqual([0, 0, 0, 0, 50, 0, 0, 0, 0]);
    expect([...operations.sharpness(grey(2, 2, [1, 2, 3, 4]), 5).data]).toEqual([1, 2, 3, 4]);
  });

  it('keep bits, and invert from a threshold on', () => {
    expect([...operations.posterize(grey(1, 3, [255, 16, 15]), 4).data]).toEqual([240, 16, 0]);
    expect([...operations.posterize(grey(1, 2, [255, 1]), 8).data]).toEqual([255, 1]);
    expect([...operations.solarize(grey(1, 3, [127, 128, 255]), 128).data]).toEqual([127, 127, 0]);
    expect([...operations.invert(grey(1, 3, [0, 100, 255])).data]).toEqual([255, 155, 0]);
    expect([...operations.brightness(grey(1, 2, [100, 200]), 1.5).data]).toEqual([150, 255]);
  });
  it('leave a picture of one value as sharp as it is, up to the brightest', () => {
    for (const value of [0, 1, 128, 254, 255]) {
      const flat = new Array<number>(9).fill(value);
      for (const factor of [0, 0.5, 1.9]) {
        expect([...operations.sharpness(grey(3, 3, flat), factor).data]).toEqual(flat);
      }
    }
  });
});
