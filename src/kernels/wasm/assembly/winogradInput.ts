// What the modules of Winograd's F(2x2, 3x3) share: 4x4 values of the input, transformed.
// Tensors are float32, row-major, given by their address; channels are multiples of 4.

@inline
export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

/** A row of B^T d B, from rows p and q of d: p - q, or p + q. */
@inline
function inputRow(p: usize, q: usize, plus: bool, step: usize, to: usize, next: usize): void {
  const p0 = v128.load(p), q0 = v128.load(q);
  const p1 = v128.load(p + step), q1 = v128.load(q + step);
  const p2 = v128.load(p + 2 * step), q2 = v128.load(q + 2 * step);
  const p3 = v128.load(p + 3 * step), q3 = v128.load(q + 3 * step);
  const r0 = plus ? add(p0, q0) : sub(p0, q0);
  const r1 = plus ? add(p1, q1) : sub(p1, q1);
  const r2 = plus ? add(p2, q2) : sub(p2, q2);
  const r3 = plus ? add(p3, q3) : sub(p3, q3);
  v128.store(to, sub(r0, r2));
  v128.store(to + next, add(r1, r2));
  v128.store(to + 2 * next, sub(r2, r1));
  v128.store(to + 3 * next, sub(r1, r3));
}

/**
 * 4x4 values of the input, rows `row` bytes apart, transformed: results of four channels side by
 * side, those of the next four `quad` bytes further, the 16 of one channel `next` apart.
 */
function transformPatch(
  x: usize, row: usize, channels: i32, to: usize, quad: usize, next: usize,
): void {
  const step = (<usize>channels) << 2;
  for (let c = 0; c < channels; c += 4) {
    inputRow(x, x + 2 * row, false, step, to, next);
    inputRow(x + row, x + 2 * row, true, step, to + 4 * next, next);
    inputRow(x + 2 * row, x + row, false, step, to + 8 * next, next);
    inputRow(x + row, x + 3 * row, false, step, to + 12 * next, next);
    x += 16;
    to += quad;
  }
}

/**
 * B^T d B for the 4x4 values of an image [height, width, channels] from (fromY, fromX) on, which may
 * lie outside, where it is 0. `patch` is room for such values.
 */
export function transformInput(
  image: usize, height: i32, width: i32, channels: i32, fromY: i32, fromX: i32, to: usize,
  quad: usize, next: usize, patch: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = (<usize>width) * pixel;
  if (fromY >= 0 && fromX >= 0 && fromY + 4 <= height && fromX + 4 <= width) {
    const from = image + (<usize>fromY) * row + (<usize>fromX) * pixel;
    transformPatch(from, row, channels, to, quad, next);
    return;
  }
  memory.fill(patch, 0, 16 * pixel);
  const low = max(0, -fromX), high = min(4, width - fromX);
  for (let i = max(0, -fromY); i < min(4, height - fromY) && high > low; i++) {
    memory.copy(
      patch + (<usize>(4 * i + low)) * pixel,
      image + (<usize>(fromY + i)) * row + (<usize>(fromX + low)) * pixel,
      (<usize>(high - low)) * pixel,
    );
  }
  transformPatch(patch, 4 * pixel, channels, to, quad, next);
}
