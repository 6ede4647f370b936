/**
 * Values of IEEE 754 binary16 numbers, exactly.
 *
 * @param bits - One number each.
 */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const result = new Float32Array(bits.length);
  const words = new Uint32Array(result.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] ?? 0;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      // Subnormal: a multiple of 2^-24.
      result[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    } else {
      const wide = exponent === 0x1f ? 0xff : exponent + 112; // biases 15 and 127
      words[i] = sign | (wide << 23) | (fraction << 13);
    }
  }
  return result;
}

/**
 * Values of bfloat16 numbers, exactly: each is the upper half of a float32.
 *
 * @param bits - One number each.
 */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] ?? 0) << 16;
  return new Float32Array(words.buffer);
}
