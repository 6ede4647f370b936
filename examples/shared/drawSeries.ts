import * as Plot from '@observablehq/plot';
import {parseHTML} from 'linkedom';

/** A series of a picture: how it is called, and its colour. */
export interface Series {
  readonly label: string;
  readonly colour: string;
}

const {document} = parseHTML('<html><body></body></html>');

const WIDTH = 760;
// Width of a letter of the legend, in pixels; a bold sans serif of 13 px.
const LETTER = 7.8;

/** A picture as SVG that stands alone, with a legend of its series above the frame. */
export function drawSeries(series: readonly Series[], options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: 380,
    marginTop: 76,
    marginLeft: 60,
    marginBottom: 56,
    style: {
      background: 'white',
      color: '#222',
      fontFamily: 'system-ui, sans-serif',
      fontSize: '13px',
    },
    color: {
      domain: series.map(({label}) => label),
      range: series.map(({colour}) => colour),
    },
    ...options,
    marks: [...(options.marks ?? []), ...legend(series)],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}

// What one line of the legend does not hold goes into the line above.
function legend(series: readonly Series[]): Plot.Markish[] {
  let [right, line] = [0, 0];
  return [...series].reverse().map(({label, colour}) => {
    const width = LETTER * label.length + 18;
    if (right + width > WIDTH - 100) [right, line] = [0, line + 1];
    const place = {dx: -right, dy: -26 - 18 * line};
    right += width;
    return Plot.text([label], {
      ...{frameAnchor: 'top-right', textAnchor: 'end', ...place},
      ...{text: (text: string) => text, fill: colour, fontWeight: 'bold'},
    });
  });
}
