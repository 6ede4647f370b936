// What the modules of Winograd's F(4x4, 3x3) share: 6x6 values of the input, transformed; part of the
// modules that import it. Tensors are float32, row-major, given by their address; channels are
// multiples of 4.

import {madd} from './floats';

const A: f32 = 0.7071067811865476; // 1/√2
const B: f32 = 1.4142135623730951; // √2

/** Six values of B^T d from six that are `step` apart, put `next` apart. */
@inline
function inputLine(from: usize, step: usize, to: usize, next: usize): void {
  const d1 = v128.load(from + step), d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step), d4 = v128.load(from + 4 * step);
  const middle = f32x4.splat(-2.5);
  v128.store(to, f32x4.add(madd(middle, d2, v128.load(from)), d4));
  v128.store(to + 5 * next, f32x4.add(madd(middle, d3, d1), v128.load(from + 5 * step)));
  let even = madd(f32x4.splat(-2), d2, d4);
  let odd = madd(f32x4.splat(A), d3, f32x4.mul(f32x4.splat(-B), d1));
  v128.store(to + next, f32x4.add(even, odd));
  v128.store(to + 2 * next, f32x4.sub(even, odd));
  even = madd(f32x4.splat(-0.5), d2, d4);
  odd = madd(f32x4.splat(B), d3, f32x4.mul(f32x4.splat(-A), d1));
  v128.store(to + 3 * next, f32x4.add(even, odd));
  v128.store(to + 4 * next, f32x4.sub(even, odd));
}

/** As {@link transform6}, of values that are all there, rows `row` bytes apart. */
function transformPatch(
  x: usize, row: usize, channels: i32, to: usize, quad: usize, next: usize, work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  for (let c = 0; c < channels; c += 4) {
    for (let i: usize = 0; i < 6; i++) inputLine(x + i * row, pixel, work + i * 96, 16);
    for (let j: usize = 0; j < 6; j++) inputLine(work + (j << 4), 96, to + j * next, 6 * next);
    x += 16;
    to += quad;
  }
}

/**
 * B^T d B for the 6x6 values of an image [height, width, channels] from (fromY, fromX) on, which may
 * lie outside, where it is 0: results of four channels side by side, those of the next four `quad`
 * bytes further, the 36 of one channel `next` apart. Work: 144 + 36 channels floats.
 */
export function transform6(
  image: usize, height: i32, width: i32, channels: i32, fromY: i32, fromX: i32, to: usize,
  quad: usize, next: usize, work: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = (<usize>width) * pixel;
  if (fromY >= 0 && fromX >= 0 && fromY + 6 <= height && fromX + 6 <= width) {
    const from = image + (<usize>fromY) * row + (<usize>fromX) * pixel;
    transformPatch(from, row, channels, to, quad, next, work);
    return;
  }
  const patch = work + 576;
  memory.fill(patch, 0, 36 * pixel);
  const low = max(0, -fromX), high = min(6, width - fromX);
  for (let i = max(0, -fromY); i < min(6, height - fromY) && high > low; i++) {
    memory.copy(
      patch + (<usize>(6 * i + low)) * pixel,
      image + (<usize>(fromY + i)) * row + (<usize>(fromX + low)) * pixel,
      (<usize>(high - low)) * pixel,
    );
  }
  transformPatch(patch, 6 * pixel, channels, to, quad, next, work);
}
