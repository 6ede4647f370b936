import {
  differenceImage,
  encodePng,
  enlarged,
  isPicture,
  type PixelImage,
  sideBySide,
} from '../report/pngImage';
import type {ThreatModel} from '../core/threatModel';
import type {Counterexample} from './counterexample';

// A picture of 28 x 28 pixels is too small to show anything.
const HEIGHT = 224;

/** Clean image, perturbed image and what was changed, side by side and large enough to see. */
function strip(clean: PixelImage, adversarial: PixelImage, range: readonly [number, number]) {
  const width = range[1] - range[0];
  const {pixels, shape} = differenceImage(clean, adversarial);
  const difference = {
    pixels: Float32Array.from(pixels, (value) => range[0] + value * width),
    shape,
  };
  const scale = Math.max(1, Math.round(HEIGHT / clean.shape[0]));
  const images = [clean, adversarial, difference].map((image) => enlarged(image, scale));
  return sideBySide(images, 8, range[1]);
}

/**
 * Writes counterexamples as PNG files: of each the perturbed image as it is, and a picture of
 * clean, perturbed and difference. Examples that are not images of 1, 3 or 4 channels are left out.
 * Node only.
 *
 * @param counterexamples - What a verdict has.
 * @param folder - Created if it is not there.
 * @param clip - Valid range of the pixels; without one, 0 to 1.
 * @returns Paths of the files.
 */
export async function writeCounterexamples(
  counterexamples: readonly Counterexample[],
  folder: string,
  clip: ThreatModel['clip'],
): Promise<string[]> {
  const {mkdir, writeFile} = await import('node:fs/promises');
  const path = await import('node:path');
  const range = clip ?? [0, 1];
  const files: string[] = [];
  await mkdir(folder, {recursive: true});
  for (const {example, label, shape, clean, adversarial} of counterexamples) {
    if (!isPicture(shape)) continue;
    const before = {pixels: clean, shape};
    const after = {pixels: adversarial, shape};
    const name = path.join(folder, `class${label}-example${example}`);
    await writeFile(`${name}.png`, encodePng(after, range));
    await writeFile(`${name}-shown.png`, encodePng(strip(before, after, range), range));
    files.push(`${name}.png`, `${name}-shown.png`);
  }
  return files;
}
