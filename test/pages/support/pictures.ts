import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {PNG} from 'pngjs';
import {expect} from 'vitest';

const golden = (name: string) =>
  fileURLToPath(new URL(`../../golden/${name}.png`, import.meta.url));

/** How far two pictures of one size are apart: mean over all bytes, and share of those that differ much. */
export function distance(a: Buffer, b: Buffer): {mean: number; far: number} {
  const [one, other] = [PNG.sync.read(a), PNG.sync.read(b)];
  expect([one.width, one.height]).toEqual([other.width, other.height]);
  let sum = 0;
  let far = 0;
  one.data.forEach((byte, i) => {
    const difference = Math.abs(byte - (other.data[i] ?? 0));
    sum += difference;
    if (difference > 48) far++;
  });
  return {mean: sum / one.data.length, far: far / one.data.length};
}

/**
 * Compares a picture with the one that is kept under this name in test/golden. With UPDATE_PICTURES
 * set, it is kept instead.
 */
export function expectPicture(name: string, picture: Buffer): void {
  const file = golden(name);
  if ((process.env['UPDATE_PICTURES'] ?? '') !== '') writeFileSync(file, picture);
  expect(existsSync(file), `${file}: make it with UPDATE_PICTURES=1`).toBe(true);
  const {mean, far} = distance(picture, readFileSync(file));
  expect(mean, name).toBeLessThan(1.5);
  expect(far, name).toBeLessThan(0.01);
}
