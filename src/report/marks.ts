import {html, type Html} from './html';
import {SERIES_STYLES} from './reportStyle';

// One shape for each series, so that colour is not the only thing that tells them apart.
const SHAPES = [
  'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z',
  'M-4-4H4V4H-4Z',
  'M0-5.5L5.5 0L0 5.5L-5.5 0Z',
  'M0-5L5 4H-5Z',
  'M0 5L5-4H-5Z',
  'M-5-1.6H-1.6V-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5Z',
];

/** The class that gives a series its colour. */
export const seriesClass = (series: number): string => `s${series % SERIES_STYLES}`;

/** A fraction as a place on an axis from 0 to 100 %. */
export const place = (share: number): string => `${Number((100 * share).toFixed(2))}%`;

/** The mark of a series, at a fraction of the width and a height in pixels. */
export const mark = (series: number, share: number, y: number): Html =>
  html` <svg x="${place(share)}" y="${y}" class="${seriesClass(series)}" overflow="visible">
    <path d="${SHAPES[series % SHAPES.length]}" fill="currentColor" />
  </svg>`;

/** A key: the marks of all series, with their names. */
export const keyOf = (names: readonly string[]): Html =>
  html` <ul class="key">
    ${names.map(
      (name, series) => html`<li><svg aria-hidden="true">${mark(series, 0.5, 8)}</svg>${name}</li>`,
    )}
  </ul>`;
