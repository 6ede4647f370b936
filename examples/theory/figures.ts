import * as Plot from '@observablehq/plot';
import {parseHTML} from 'linkedom';
import {createRng} from 'lt-robust';
import {sampleGaussianMixture} from 'lt-robust/theory';

import {RATIOS, type Regression, type Training} from './experiment';

// Colour-blind safe (Okabe & Ito).
const COLOURS: Record<Training, string> = {natural: '#0072b2', robust: '#d55e00'};
const NAMES: Record<Training, string> = {natural: 'natural', robust: 'adversarial'};
const CLASS_COLOURS = ['#999999', '#009e73']; // head, tail
const SHOWN = 300;
const EDGE = 4.5;

const {document} = parseHTML('<html><body></body></html>');

function draw(options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document,
    style: {
      background: 'white',
      color: '#222',
      fontFamily: 'system-ui, sans-serif',
      fontSize: '13px',
    },
    ...options,
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}

const panel = (ratio: number) => `IR ${ratio}`;

// A legend inside the picture, above the frame, so that the SVG stands alone.
const legend = (entries: readonly (readonly [string, string])[], step: number): Plot.Markish[] =>
  entries.map(([label, fill], i) =>
    Plot.text([panel(RATIOS[0] ?? 1)], {
      ...{fx: (name: string) => name, frameAnchor: 'top-left', textAnchor: 'start'},
      ...{dx: i * step, dy: -46, text: () => label, fill, fontWeight: 'bold'},
    }),
  );

/** The two points at which the boundary w · x + b = 0 leaves the picture. */
function boundaryOf({classifier}: Regression): {x: number; y: number}[] {
  const [u = 1, v = 1] = Array.from(classifier.weights);
  return [-EDGE, EDGE].map((x) => ({x, y: -(u * x + classifier.bias) / v}));
}

/** Figure 2: examples of both classes, and the boundaries of the first seed's regressions. */
export function boundaries(regressions: readonly Regression[]): string {
  const points = RATIOS.flatMap((ratio) => {
    const rng = createRng(7).fork(ratio);
    const {x, labels} = sampleGaussianMixture({size: SHOWN, imbalanceRatio: ratio, rng});
    return Array.from(labels, (label, i) => ({
      panel: panel(ratio),
      colour: CLASS_COLOURS[label] ?? 'black',
      x: x[2 * i] ?? NaN,
      y: x[2 * i + 1] ?? NaN,
    })).filter((point) => Math.max(Math.abs(point.x), Math.abs(point.y)) < EDGE);
  });
  const lines = regressions
    .filter(({seed}) => seed === 0)
    .flatMap((regression) =>
      boundaryOf(regression).map((end) => ({
        ...end,
        panel: panel(regression.ratio),
        colour: COLOURS[regression.training],
        dash: regression.training,
      })),
    );
  return draw({
    ...{width: 900, height: 400, marginTop: 70, marginLeft: 48, marginBottom: 44},
    fx: {domain: RATIOS.map(panel), label: null, padding: 0.06},
    x: {domain: [-EDGE, EDGE], label: 'x₁', ticks: 5},
    y: {domain: [-EDGE, EDGE], label: 'x₂', ticks: 5},
    marks: [
      Plot.frame({stroke: '#ccc'}),
      Plot.dot(points, {fx: 'panel', x: 'x', y: 'y', fill: 'colour', r: 2, fillOpacity: 0.7}),
      Plot.line(lines, {
        ...{fx: 'panel', x: 'x', y: 'y', z: 'dash', stroke: 'colour', strokeWidth: 2.5, clip: true},
      }),
      ...legend(
        [
          ['head class', CLASS_COLOURS[0] ?? ''],
          ['tail class', CLASS_COLOURS[1] ?? ''],
          ['natural', COLOURS.natural],
          ['adversarial', COLOURS.robust],
        ],
        84,
      ),
    ],
  });
}

/** Figure 3: accuracy of the tail class; bars are the theory, dots the regressions of all seeds. */
export function tailAccuracies(regressions: readonly Regression[]): string {
  const rows = regressions.flatMap(({ratio, training, seed, tail, theory}) =>
    (['standard', 'robust'] as const).map((kind) => ({
      panel: panel(ratio),
      bar: `${NAMES[training]}, ${kind === 'standard' ? 'clean' : 'attacked'}`,
      colour: COLOURS[training],
      opacity: kind === 'standard' ? 0.45 : 0.9,
      seed,
      trained: 1 - tail[kind],
      expected: 1 - theory.tail[kind],
    })),
  );
  const bars = rows.filter(({seed}) => seed === 0);
  return draw({
    ...{width: 900, height: 430, marginTop: 70, marginLeft: 56, marginBottom: 110},
    fx: {domain: RATIOS.map(panel), label: null, padding: 0.08},
    x: {label: null, domain: bars.slice(0, 4).map(({bar}) => bar), tickRotate: -30},
    y: {domain: [0, 100], percent: true, grid: true, label: '↑ accuracy of the tail class (%)'},
    marks: [
      Plot.barY(bars, {
        ...{fx: 'panel', x: 'bar', y: 'expected', fill: 'colour', fillOpacity: 'opacity'},
      }),
      Plot.dot(rows, {fx: 'panel', x: 'bar', y: 'trained', r: 2.5, fill: '#222'}),
      Plot.ruleY([0]),
      ...legend(
        [
          ['natural training', COLOURS.natural],
          ['adversarial training', COLOURS.robust],
          ['● trained; bars: theory', '#222'],
        ],
        165,
      ),
    ],
    opacity: {type: 'identity'},
  });
}
