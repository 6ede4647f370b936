// Places in memory, counted in float32 values; part of the modules that import it.

@inline
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

@inline
export function zero(to: usize, n: i32): void {
  memory.fill(to, 0, (<usize>n) << 2);
}
