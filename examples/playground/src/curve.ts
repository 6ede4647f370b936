import {percent} from './dom';

const LEFT = 34;
const RIGHT = 290;
const TOP = 10.5;
const BOTTOM = 158.5;

function part<E extends SVGElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${kind.name} "${id}".`);
}

/**
 * The curve of a probability over the steps.
 *
 * @param values - One for each frame so far.
 * @param current - The frame that is shown.
 * @param total - Frames in the end.
 */
export function drawCurve(values: readonly number[], current: number, total: number): void {
  const x = (i: number) => LEFT + ((RIGHT - LEFT) * i) / Math.max(1, total - 1);
  const y = (value: number) => BOTTOM - (BOTTOM - TOP) * value;
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
  part('curve-line', SVGPolylineElement).setAttribute('points', points.join(' '));
  const at = values[current];
  const cursor = part('curve-cursor', SVGLineElement);
  const dot = part('curve-dot', SVGCircleElement);
  for (const mark of [cursor, dot]) {
    mark.setAttribute('visibility', at === undefined ? 'hidden' : 'visible');
  }
  if (at === undefined) return;
  cursor.setAttribute('x1', x(current).toFixed(1));
  cursor.setAttribute('x2', x(current).toFixed(1));
  dot.setAttribute('cx', x(current).toFixed(1));
  dot.setAttribute('cy', y(at).toFixed(1));
  part('curve-end', SVGTextElement).textContent = `step ${total - 2}`;
  const [first = 0] = values;
  const text = document.getElementById('curve-text');
  if (text !== null) {
    text.textContent = `From ${percent(first)} on the clean image to ${percent(at)} at the step shown.`;
  }
}
