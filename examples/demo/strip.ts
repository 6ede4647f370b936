import {PNG} from 'pngjs';

import type {Sample} from './samples';

const SCALE = 3;

// A grey or RGB image of pixels from 0 to 255, enlarged so that they can be seen, as a data URI.
function png(pixels: readonly number[], shape: readonly number[]): string {
  const [height = 0, width = 0, depth = 1] = shape;
  const image = new PNG({width: width * SCALE, height: height * SCALE});
  for (let y = 0; y < height * SCALE; y++) {
    for (let x = 0; x < width * SCALE; x++) {
      const from = (Math.floor(y / SCALE) * width + Math.floor(x / SCALE)) * depth;
      const to = (y * width * SCALE + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const value = pixels[from + (depth === 3 ? channel : 0)] ?? 0;
        image.data[to + channel] = Math.round(Math.min(255, Math.max(0, value)));
      }
      image.data[to + 3] = 255;
    }
  }
  return `data:image/png;base64,${PNG.sync.write(image).toString('base64')}`;
}

/** Clean image, perturbed image and amplified difference of each sample, as HTML. */
export function stripHtml(
  samples: readonly Sample[],
  shape: readonly number[],
  classNames: readonly string[],
  epsilon: number,
): string {
  const name = (label: number) => classNames[label] ?? String(label);
  const verdict = (prediction: number, label: number) =>
    `<span class="${prediction === label ? 'right' : 'wrong'}">${name(prediction)}</span>`;
  const cells = samples.map(
    ({label, clean, adversarial, cleanPrediction, adversarialPrediction}) => {
      // From -epsilon to epsilon, stretched to black to white; grey is no change.
      const difference = clean.map(
        (v, i) => 127.5 + ((adversarial[i] ?? v) - v) / (2 * epsilon || 1),
      );
      return `<figure><figcaption>${name(label)}</figcaption>
      <img alt="clean ${name(label)}" src="${png(clean, shape)}"><div>${verdict(cleanPrediction, label)}</div>
      <img alt="perturbed ${name(label)}" src="${png(adversarial, shape)}"><div>${verdict(adversarialPrediction, label)}</div>
      <img alt="difference" src="${png(difference, shape)}"></figure>`;
    },
  );
  return `<div class="strip"><div class="rows"><span></span><span>clean</span><span>PGD-20</span><span>difference,
    ±${epsilon.toFixed(3)} to full range</span></div>${cells.join('\n')}</div>`;
}
