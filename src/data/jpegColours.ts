const SOI_BYTES = 2;
const APP0 = 0xe0;
const APP14 = 0xee;
const START_OF_SCAN = 0xda;
const JFIF = [0x4a, 0x46, 0x49, 0x46, 0];
const ADOBE = [0x41, 0x64, 0x6f, 0x62, 0x65];
const RGB = [0x52, 0x47, 0x42];

/**
 * Whether a JPEG file of three components has red, green and blue, not brightness and two colour
 * differences, as libjpeg decides it: a JFIF marker says no; else Adobe's marker says it; else the
 * components' names do.
 *
 * @param bytes - The whole file, anything.
 */
export function isRgbJpeg(bytes: Uint8Array): boolean {
  let adobe: boolean | undefined;
  let named = false;
  for (const {marker, content} of segments(bytes)) {
    if (marker === APP0 && startsWith(content, JFIF)) return false;
    if (marker === APP14 && content.length >= 12 && startsWith(content, ADOBE)) {
      adobe = content[11] === 0;
    }
    // Frames: precision, height, width, number of components, then three bytes of each.
    if (marker >= 0xc0 && marker <= 0xc2) {
      if (content[5] !== 3) return false;
      named = RGB.every((name, i) => content[6 + 3 * i] === name);
    }
  }
  return adobe ?? named;
}

interface Segment {
  readonly marker: number;
  readonly content: Uint8Array;
}

// What stands before the first scan.
function* segments(bytes: Uint8Array): Generator<Segment> {
  for (let at = SOI_BYTES; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const [marker = 0, high = 0, low = 0] = bytes.subarray(at + 1, at + 4);
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (marker === START_OF_SCAN) return;
    const end = at + 2 + 256 * high + low;
    yield {marker, content: bytes.subarray(at + 4, end)};
    at = Math.max(end, at + 4);
  }
}

const startsWith = (content: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, i) => content[i] === byte);
