import * as Plot from '@observablehq/plot';
import {parseHTML} from 'linkedom';

import type {RunResult} from './runMethod';
import {METHOD_LABELS, METHODS} from './settings';
import type {MethodSummary} from './summary';

// Colour-blind safe (Okabe & Ito), in the order of METHODS.
const COLOURS = {
  domain: METHODS.map((m) => METHOD_LABELS[m]),
  range: ['#999999', '#0072b2', '#d55e00'],
};

const {document} = parseHTML('<html><body></body></html>');

function draw(options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document,
    width: 760,
    height: 380,
    marginTop: 44,
    marginLeft: 60,
    marginBottom: 56,
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

// A legend inside the picture, above the frame, so that the SVG stands alone.
const LEGEND_OFFSETS = [-225, -160, 0];
const legend = (): Plot.Markish[] =>
  METHODS.map((method, i) =>
    Plot.text([METHOD_LABELS[method]], {
      ...{frameAnchor: 'top-right', textAnchor: 'end', dx: LEGEND_OFFSETS[i] ?? 0, dy: -26},
      ...{text: (label: string) => label, fill: COLOURS.range[i] ?? 'black', fontWeight: 'bold'},
    }),
  );

/** PGD-20 accuracy of each class against its number of training images, with ± one deviation. */
export function classPlot(
  methods: readonly MethodSummary[],
  counts: readonly number[],
  classNames: readonly string[],
): string {
  const points = methods.flatMap(({name, best}) =>
    best.perClassPgd20.map(({mean, sd}, c) => ({
      method: METHOD_LABELS[name],
      label: `${classNames[c] ?? c} (${counts[c]})`,
      mean,
      low: Math.max(0, mean - (sd ?? 0)),
      high: Math.min(1, mean + (sd ?? 0)),
    })),
  );
  const order = counts.map((count, c) => `${classNames[c] ?? c} (${count})`);
  return draw({
    marginBottom: 100,
    height: 420,
    x: {
      type: 'point',
      domain: order,
      label: 'class (training images), largest to smallest →',
      tickRotate: -35,
    },
    y: {
      domain: [0, 100],
      percent: true,
      grid: true,
      label: '↑ PGD-20 accuracy at the best checkpoint (%)',
    },
    color: COLOURS,
    marks: [
      Plot.ruleY([0]),
      Plot.ruleX(points, {
        x: 'label',
        y1: 'low',
        y2: 'high',
        stroke: 'method',
        strokeWidth: 1.5,
        strokeOpacity: 0.5,
      }),
      Plot.lineY(points, {x: 'label', y: 'mean', stroke: 'method', strokeWidth: 2}),
      Plot.dot(points, {x: 'label', y: 'mean', fill: 'method', r: 4}),
      ...legend(),
    ],
  });
}

/** Validation PGD-20 accuracy over the epochs, mean over the seeds. */
export function curvePlot(results: readonly RunResult[]): string {
  const points = METHODS.flatMap((method) => {
    const runs = results.filter((result) => result.method === method);
    const epochs = runs[0]?.history.filter(({metrics}) => metrics['pgd20'] !== undefined) ?? [];
    return epochs.map(({epoch}) => {
      const values = runs.map((run) => run.history[epoch - 1]?.metrics['pgd20'] ?? NaN);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return {method: METHOD_LABELS[method], epoch, mean};
    });
  });
  return draw({
    x: {label: 'epoch →', tickFormat: 'd', interval: 1},
    y: {percent: true, grid: true, label: '↑ PGD-20 accuracy on the validation split (%)'},
    color: COLOURS,
    marks: [
      Plot.lineY(points, {x: 'epoch', y: 'mean', stroke: 'method', strokeWidth: 2}),
      Plot.dot(points, {x: 'epoch', y: 'mean', fill: 'method', r: 3}),
      ...legend(),
    ],
  });
}

/** Training loss over the epochs. The three losses are not one quantity: only their shape tells. */
export function lossPlot(results: readonly RunResult[]): string {
  const points = results.flatMap(({method, seed, history}) =>
    history.map(({epoch, loss}) => ({
      method: METHOD_LABELS[method],
      run: `${method} ${seed}`,
      epoch,
      loss,
    })),
  );
  return draw({
    x: {label: 'epoch →', tickFormat: 'd', interval: 1},
    y: {grid: true, label: '↑ training loss (nats; each method has its own)'},
    color: COLOURS,
    marks: [
      Plot.lineY(points, {x: 'epoch', y: 'loss', z: 'run', stroke: 'method', strokeOpacity: 0.8}),
      ...legend(),
    ],
  });
}
