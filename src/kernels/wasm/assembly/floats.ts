// Places in memory, counted in float32 values; part of the modules that import it.

@inline
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

@inline
export function zero(to: usize, n: i32): void {
  memory.fill(to, 0, (<usize>n) << 2);
}

/** sum + a b, rounded once where the module is compiled for relaxed SIMD, else twice. */
@inline
export function madd(a: v128, b: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f32x4.relaxed_madd(a, b, sum)
    : f32x4.add(sum, f32x4.mul(a, b));
}
