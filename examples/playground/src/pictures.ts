import type {Frame} from './protocol';

type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Values from 0 to 1, grey or colour, as RGBA. */
export function picture({pixels, shape: [, , channels]}: Pick<Frame, 'pixels' | 'shape'>): Rgba {
  const rgba = new Uint8ClampedArray((pixels.length / channels) * 4).fill(255);
  for (let i = 0; i < pixels.length / channels; i++) {
    for (let c = 0; c < 3; c++) {
      rgba[4 * i + c] = Math.round(255 * (pixels[channels * i + (channels === 3 ? c : 0)] ?? 0));
    }
  }
  return rgba;
}

// Told apart by colour-blind readers, on light and on dark ground.
const BRIGHTER = [224, 122, 20];
const DARKER = [38, 120, 220];

/**
 * What was added to an image, magnified: orange where it is brighter, blue where it is darker, and
 * the more opaque the larger the change. The mean over the channels.
 *
 * @param scale - The change that is shown in full colour.
 */
export function differencePicture(clean: Frame, now: Frame, scale: number): Rgba {
  const channels = clean.shape[2];
  const count = clean.pixels.length / channels;
  const rgba = new Uint8ClampedArray(count * 4);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      const at = channels * i + c;
      sum += (now.pixels[at] ?? 0) - (clean.pixels[at] ?? 0);
    }
    const share = scale === 0 ? 0 : Math.min(1, Math.abs(sum / channels) / scale);
    rgba.set(sum > 0 ? BRIGHTER : DARKER, 4 * i);
    rgba[4 * i + 3] = Math.round(255 * share);
  }
  return rgba;
}

/** The largest change of a value, and the Euclidean length of all changes. */
export function sizeOfChange(clean: Frame, now: Frame): {linf: number; l2: number} {
  let linf = 0;
  let squares = 0;
  now.pixels.forEach((value, i) => {
    const change = Math.abs(value - (clean.pixels[i] ?? 0));
    linf = Math.max(linf, change);
    squares += change * change;
  });
  return {linf, l2: Math.sqrt(squares)};
}

/** The class with the highest probability. */
export function bestOf(probabilities: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < probabilities.length; c++) {
    if ((probabilities[c] ?? 0) > (probabilities[best] ?? 0)) best = c;
  }
  return best;
}
