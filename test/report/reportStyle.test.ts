import {describe, expect, it} from 'vitest';

import {reportStyle, SERIES_STYLES} from '../../src/report/reportStyle';

/** WCAG's contrast of two colours, `#rgb` or `#rrggbb`. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const full = colour.length === 4 ? colour.replace(/[^#]/g, '$&$&') : colour;
    const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((i) => {
      const share = parseInt(full.slice(i, i + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe('reportStyle', () => {
  const css = reportStyle.markup;

  it.each([0, 1])('has colours that can be read, light and dark (%i)', (mode) => {
    const block = [...css.matchAll(/:root\{(.*?)\}/g)][mode]![1]!;
    const colour = (name: string) => new RegExp(`--${name}:(#[0-9a-f]+)`).exec(block)![1]!;
    const names = [
      'ink',
      'soft',
      'good',
      'bad',
      ...Array.from({length: SERIES_STYLES}, (_, i) => `s${i}`),
    ];
    for (const ground of ['ground', 'panel']) {
      for (const name of names)
        expect(contrast(colour(name), colour(ground)), name).toBeGreaterThan(4.5);
    }
  });

  it('loads nothing', () => {
    expect(css).not.toMatch(/url\(|@import|https?:/);
  });
});
