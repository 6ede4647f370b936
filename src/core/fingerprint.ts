/**
 * A short name for data: FNV-1a over bytes and texts, as 16 hexadecimal digits. It tells inputs
 * apart; it does not protect against tampering.
 *
 * @param parts - Every part counts, by its bytes and its place.
 */
export function fingerprintOf(parts: readonly (string | ArrayBufferView)[]): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4 | 0;
  const add = (byte: number) => {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte ^ (low >>> 24), 0x01000197);
  };
  for (const part of parts) {
    if (typeof part === 'string') {
      for (let i = 0; i < part.length; i++) add(part.charCodeAt(i) & 0xff);
    } else {
      new Uint8Array(part.buffer, part.byteOffset, part.byteLength).forEach(add);
    }
    add(0xff);
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
  return hex(high) + hex(low);
}
