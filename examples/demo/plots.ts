import * as Plot from '@observablehq/plot';

import {drawSeries} from '../shared/drawSeries';
import {METHOD_COLOURS, METHOD_LABELS, METHODS, type MethodName} from './methodNames';
import type {KeptRun} from './runMethod';
import type {MethodSummary} from './summary';

type Run = KeptRun;

// What Plot is told of a series, by its method.
const draw = (methods: readonly MethodName[], options: Plot.PlotOptions): string =>
  drawSeries(
    methods.map((name) => ({label: METHOD_LABELS[name], colour: METHOD_COLOURS[name]})),
    options,
  );

/** PGD-20 accuracy of each class at the last checkpoint, with ± one deviation. */
export function classPlot(
  methods: readonly MethodSummary[],
  counts: readonly number[],
  classNames: readonly string[],
): string {
  const names = methods.map(({name}) => name);
  const points = methods.flatMap(({name, last}) =>
    last.perClassPgd20.map(({mean, sd}, c) => ({
      method: METHOD_LABELS[name],
      label: `${classNames[c] ?? c} (${counts[c]})`,
      mean,
      low: Math.max(0, mean - (sd ?? 0)),
      high: Math.min(1, mean + (sd ?? 0)),
    })),
  );
  return draw(names, {
    marginBottom: 100,
    height: 440,
    x: {
      type: 'point',
      domain: counts.map((count, c) => `${classNames[c] ?? c} (${count})`),
      label: 'class (training images), largest to smallest →',
      tickRotate: -35,
    },
    y: {
      domain: [0, 100],
      percent: true,
      grid: true,
      label: '↑ PGD-20 accuracy at the last checkpoint (%)',
    },
    marks: [
      Plot.ruleY([0]),
      Plot.ruleX(points, {
        x: 'label',
        y1: 'low',
        y2: 'high',
        stroke: 'method',
        strokeWidth: 1.5,
        strokeOpacity: 0.4,
      }),
      Plot.lineY(points, {x: 'label', y: 'mean', stroke: 'method', strokeWidth: 2}),
      Plot.dot(points, {x: 'label', y: 'mean', fill: 'method', r: 4}),
    ],
  });
}

const ranIn = (runs: readonly Run[]) =>
  METHODS.filter((name) => runs.some(({method}) => method === name));

/**
 * Validation PGD-20 accuracy over a method's image-steps, mean over the seeds; a student's curve
 * starts where its teacher's steps end.
 */
export function curvePlot(runs: readonly Run[]): string {
  const methods = ranIn(runs);
  const points = methods.flatMap((method) => {
    const own = runs.filter((run) => run.method === method);
    const [first] = own;
    if (first === undefined) return [];
    const {teacher, main} = first.plan;
    return first.history
      .filter(({pgd20}) => pgd20 !== undefined)
      .map(({epoch}) => {
        const values = own.map(({history}) => history[epoch - 1]?.pgd20 ?? NaN);
        return {
          method: METHOD_LABELS[method],
          steps: (teacher?.imageSteps ?? 0) + (epoch / main.epochs) * main.imageSteps,
          mean: values.reduce((sum, value) => sum + value, 0) / values.length,
        };
      });
  });
  return draw(methods, {
    x: {label: "image-steps, the teacher's included →", tickFormat: 's'},
    y: {percent: true, grid: true, label: '↑ PGD-20 accuracy on the validation split (%)'},
    marks: [
      Plot.lineY(points, {x: 'steps', y: 'mean', stroke: 'method', strokeWidth: 2}),
      Plot.dot(points, {x: 'steps', y: 'mean', fill: 'method', r: 3}),
    ],
  });
}

/** Training loss over the epochs. The losses are not one quantity: only their shape tells. */
export function lossPlot(runs: readonly Run[]): string {
  const points = runs.flatMap(({method, seed, history}) =>
    history.map(({epoch, loss}) => ({
      method: METHOD_LABELS[method],
      run: `${method} ${seed}`,
      epoch,
      loss,
    })),
  );
  return draw(ranIn(runs), {
    x: {label: 'epoch →', tickFormat: 'd'},
    y: {grid: true, label: '↑ training loss (nats; each method has its own)'},
    marks: [
      Plot.lineY(points, {x: 'epoch', y: 'loss', z: 'run', stroke: 'method', strokeOpacity: 0.8}),
    ],
  });
}
