import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {changedPixels, shrinkPixels} from '../../src/testing/shrinkPixels';

describe('changedPixels', () => {
  it('counts a pixel once, whatever its channels, the least changed first', () => {
    const clean = Float32Array.of(0, 0, 0, 0, 0, 0);
    const adversarial = Float32Array.of(0, -0.5, 0, 0, 0.1, 0);
    expect(changedPixels({clean, adversarial, channels: 2})).toEqual([2, 0]);
    expect(changedPixels({clean, adversarial, channels: 1})).toEqual([4, 1]);
  });
});

describe('shrinkPixels', () => {
  const size = 30;
  const clean = new Float32Array(size);

  it.prop([fc.uniqueArray(fc.nat({max: size - 1}), {minLength: 1, maxLength: 5})])(
    'leaves exactly the pixels that are needed together',
    async (needed) => {
      const adversarial = Float32Array.from(clean, (_, i) => 0.1 + i / 100);
      const asked: number[] = [];
      const found = await shrinkPixels({clean, adversarial, channels: 1}, async (candidates) => {
        asked.push(candidates.length);
        return candidates.map((values) => needed.every((i) => values[i] !== 0));
      });
      expect(changedPixels({clean, adversarial: found, channels: 1}).sort((a, b) => a - b)).toEqual(
        [...needed].sort((a, b) => a - b),
      );
      for (const i of needed) expect(found[i]).toBe(adversarial[i]);
      expect(Math.max(...asked)).toBeLessThanOrEqual(32);
    },
  );

  it('asks for at most 32 candidates at once, and for as many where there are', async () => {
    const [none, all] = [new Float32Array(80), new Float32Array(80).fill(1)];
    const asked: number[] = [];
    await shrinkPixels({clean: none, adversarial: all, channels: 1}, async (candidates) => {
      asked.push(candidates.length);
      return candidates.map((values) => values.every((value) => value === 1));
    });
    // Every pixel is needed: the last round tries 80 by themselves.
    expect(asked.slice(-3)).toEqual([32, 32, 16]);
  });

  it('asks a few times only where one pixel of many is needed', async () => {
    const [none, all] = [new Float32Array(256), new Float32Array(256).fill(1)];
    let asked = 0;
    const found = await shrinkPixels(
      {clean: none, adversarial: all, channels: 1},
      async (candidates) => {
        asked += candidates.length;
        return candidates.map((values) => values[100] === 1);
      },
    );
    expect(changedPixels({clean: none, adversarial: found, channels: 1})).toEqual([100]);
    // Halving takes two for each of eight rounds, and trying each by itself 256.
    expect(asked).toBeLessThan(64);
  });

  it('makes the channels of a pixel clean together', async () => {
    const start = {
      clean: new Float32Array(6),
      adversarial: new Float32Array(6).fill(1),
      channels: 3,
    };
    const found = await shrinkPixels(start, async (all) => all.map((values) => values[4] === 1));
    expect([...found]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it.prop([fc.array(fc.integer({min: 1, max: 9}), {minLength: 6, maxLength: 6})])(
    'ends where no single pixel can go',
    async (weights) => {
      const isWrong = (values: Float32Array) =>
        weights.reduce((sum, weight, i) => sum + weight * values[i]!, 0) > 8;
      const ones = new Float32Array(6).fill(1);
      fc.pre(isWrong(ones));
      const start = {clean: new Float32Array(6), adversarial: ones, channels: 1};
      const found = await shrinkPixels(start, async (all) => all.map(isWrong));
      expect(isWrong(found)).toBe(true);
      for (const pixel of changedPixels({...start, adversarial: found})) {
        const fewer = found.slice();
        fewer[pixel] = 0;
        expect(isWrong(fewer)).toBe(false);
      }
    },
  );
});
