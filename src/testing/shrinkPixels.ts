import {at} from '../core/at';

/** Says of each candidate, inputs of one example, whether the model is still wrong on it. */
export type StillWrong = (candidates: readonly Float32Array[]) => Promise<readonly boolean[]>;

/** An example and where it was moved to. */
export interface Perturbed {
  /** The clean values. */
  readonly clean: Float32Array;
  /** The perturbed values, on which the model is wrong. */
  readonly adversarial: Float32Array;
  /** Values that count as one pixel: the channels of an image. */
  readonly channels: number;
}

const AT_ONCE = 32;

/** The pixels in which two inputs differ, the least changed first. */
export function changedPixels({clean, adversarial, channels}: Perturbed): number[] {
  const changes = Array.from({length: clean.length / channels}, (_, pixel) => {
    let largest = 0;
    for (let i = pixel * channels; i < (pixel + 1) * channels; i++) {
      const change = Math.abs((adversarial[i] ?? NaN) - (clean[i] ?? NaN));
      largest = Math.max(largest, change);
    }
    return {pixel, largest};
  });
  return changes
    .filter(({largest}) => largest > 0)
    .sort((a, b) => a.largest - b.largest)
    .map(({pixel}) => pixel);
}

/** The perturbed values with some pixels clean again. */
function without({clean, adversarial, channels}: Perturbed, pixels: Iterable<number>) {
  const values = adversarial.slice();
  for (const pixel of pixels) {
    const [from, to] = [pixel * channels, (pixel + 1) * channels];
    values.set(clean.subarray(from, to), from);
  }
  return values;
}

const chunksOf = (pixels: readonly number[], size: number): number[][] =>
  Array.from({length: Math.ceil(pixels.length / size)}, (_, i) =>
    pixels.slice(i * size, (i + 1) * size),
  );

/** Which of the candidates are still wrong, a batch at a time. */
async function judge(candidates: readonly Float32Array[], stillWrong: StillWrong) {
  const verdicts: boolean[] = [];
  for (let i = 0; i < candidates.length; i += AT_ONCE) {
    verdicts.push(...(await stillWrong(candidates.slice(i, i + AT_ONCE))));
  }
  return verdicts;
}

/**
 * Restores as many clean pixels as it can while the model stays wrong: chunks of the least changed
 * ones first, then smaller and smaller ones, until no single pixel can go (delta debugging, Zeller
 * & Hildebrandt 2002). Each round tries all chunks by themselves and then, in one batch, the first
 * one, two, ... of those that can go together.
 *
 * @param start - The example; the model is wrong on `adversarial`.
 * @param stillWrong - The model.
 * @returns Perturbed values; the model is wrong on them, and right with any changed pixel of them
 *   made clean.
 */
export async function shrinkPixels(
  start: Perturbed,
  stillWrong: StillWrong,
): Promise<Float32Array> {
  let current = start;
  let size = Math.ceil(changedPixels(start).length / 2);
  while (size >= 1) {
    const chunks = chunksOf(changedPixels(current), size);
    const alone = await judge(
      chunks.map((chunk) => without(current, chunk)),
      stillWrong,
    );
    const removable = chunks.filter((_, i) => alone[i]);
    const prefixes = removable.map((_, i) => without(current, removable.slice(0, i + 1).flat()));
    const together = await judge(prefixes, stillWrong);
    const most = together.lastIndexOf(true);
    if (most >= 0) {
      current = {...current, adversarial: at(prefixes, most)};
      continue; // at this size others may go now
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return current.adversarial;
}
