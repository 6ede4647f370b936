import {differenceImage, pngAddress, type PixelImage} from '../src/report/pngImage';
import type {Portrait, Samples} from './sampleReports';

const WIDTH = 760;
const SIDE = 132;
const ROW = 190;
const TOP = 40;

const COLUMNS = {clean: 12, perturbation: 178, adversarial: 344, bars: 500} as const;

const imageOf = (pixels: readonly number[], shape: readonly number[]): PixelImage => {
  const [height = 0, width = 0, channels = 0] = shape;
  return {pixels, shape: [height, width, channels]};
};

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;

const picture = (x: number, y: number, image: PixelImage): string =>
  `<image x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" ` +
  `style="image-rendering:pixelated" href="${pngAddress(image)}"/>`;

/** The three most probable classes under attack and the right one, as bars. */
function bars({label, after}: Portrait, y: number, names: readonly string[]): string {
  const order = after.map((_, c) => c).sort((a, b) => (after[b] ?? 0) - (after[a] ?? 0));
  const shown = [...new Set([...order.slice(0, 3), label])].slice(0, 4);
  return shown
    .map((c, i) => {
      const share = after[c] ?? 0;
      const line = y + 22 + 30 * i;
      const colour = c === label ? '#00785a' : '#c2410c';
      return (
        text(COLUMNS.bars, line, names[c] ?? String(c)) +
        text(WIDTH - 14, line, `${(100 * share).toFixed(1)} %`, 'text-anchor="end"') +
        `<rect x="${COLUMNS.bars}" y="${line + 5}" width="${Math.max(1, share * 246).toFixed(1)}" height="7" fill="${colour}"/>`
      );
    })
    .join('');
}

function row(portrait: Portrait, title: string, top: number, names: readonly string[]): string {
  const {clean, adversarial, shape, label, before, after} = portrait;
  const [first, second] = [imageOf(clean, shape), imageOf(adversarial, shape)];
  const answer = (probabilities: readonly number[]) =>
    names[probabilities.indexOf(Math.max(...probabilities))] ?? '';
  const y = top + 28;
  const verdict = (x: number, given: string) =>
    text(x, y + SIDE + 18, given, `fill="${given === names[label] ? '#00785a' : '#c2410c'}"`);
  return (
    text(12, top + 14, title, 'font-weight="bold"') +
    picture(COLUMNS.clean, y, first) +
    picture(COLUMNS.perturbation, y, differenceImage(first, second)) +
    picture(COLUMNS.adversarial, y, second) +
    text(156, y + SIDE / 2 + 7, '+', 'text-anchor="middle" font-size="20"') +
    text(327, y + SIDE / 2 + 7, '=', 'text-anchor="middle" font-size="20"') +
    verdict(COLUMNS.clean, answer(before)) +
    text(COLUMNS.perturbation, y + SIDE + 18, 'at most 8 of 255') +
    verdict(COLUMNS.adversarial, answer(after)) +
    bars(portrait, y, names)
  );
}

/** One image under the same attack on two models: what changes, and what each of them answers. */
export function adversarialPicture(
  {natural, pgdAt}: Samples['portraits'],
  names: readonly string[],
): string {
  const height = TOP + 2 * ROW + 12;
  const head = 'font-size="12" fill="#57606a"';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    'font-family="system-ui, sans-serif" font-size="14" fill="#1b1f24" role="img">' +
    `<title>One image, a perturbation and the answers of two models</title>` +
    `<rect width="${WIDTH}" height="${height}" fill="white"/>` +
    text(COLUMNS.clean, 24, 'image and answer', head) +
    text(COLUMNS.perturbation, 24, 'perturbation, enlarged', head) +
    text(COLUMNS.adversarial, 24, 'perturbed', head) +
    text(COLUMNS.bars, 24, 'probabilities of the perturbed image', head) +
    row(natural, 'Trained on clean images', TOP, names) +
    row(pgdAt, 'Trained on attacked images (PGD-AT)', TOP + ROW, names) +
    '</svg>\n'
  );
}
