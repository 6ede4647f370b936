import {at} from '../core/at';
import type {Score} from '../metrics/robustnessReport';
import {epsilonText, percent, percentRange} from './format';
import {html, type Html} from './html';
import {keyOf, mark, place, seriesClass} from './marks';
import type {NamedReport} from './reportInput';

const HEIGHT = 220;

/** Accuracy at one epsilon. */
interface CurvePoint {
  readonly epsilon: number;
  readonly score: Score;
}

/** The points of one report: clean inputs at 0, and every attack whose epsilon is known. */
function pointsOf({report}: NamedReport, epsilons: Readonly<Record<string, number>>): CurvePoint[] {
  const attacked = Object.entries(report.attacks).flatMap(([name, score]) => {
    const epsilon = Object.hasOwn(epsilons, name) ? epsilons[name] : undefined;
    return epsilon === undefined ? [] : [{epsilon, score}];
  });
  return [{epsilon: 0, score: report.clean}, ...attacked].sort((a, b) => a.epsilon - b.epsilon);
}

function curve(points: readonly CurvePoint[], series: number, largest: number): Html {
  const x = ({epsilon}: CurvePoint) => epsilon / largest;
  const y = (share: number | null) => Number(((1 - (share ?? 0)) * HEIGHT).toFixed(1));
  const segments = points.slice(1).map((point, i) => {
    const before = at(points, i);
    return html`<line
      x1="${place(x(before))}"
      y1="${y(before.score.accuracy)}"
      x2="${place(x(point))}"
      y2="${y(point.score.accuracy)}"
      stroke-width="2"
    />`;
  });
  const intervals = points.map((point) => {
    const [low, high] = point.score.interval ?? [0, 0];
    return html`<line
      x1="${place(x(point))}"
      x2="${place(x(point))}"
      y1="${y(low)}"
      y2="${y(high)}"
      stroke-width="2"
      stroke-opacity=".45"
    />`;
  });
  return html`<g class="${seriesClass(series)}" stroke="currentColor">${segments}${intervals}</g>
    ${points.map((point) => mark(series, x(point), y(point.score.accuracy)))}`;
}

/**
 * Robust accuracy against epsilon, and the same numbers as a table.
 *
 * @param reports - What to show.
 * @param epsilons - Epsilon of each attack, by its name.
 * @returns Nothing where fewer than two epsilons are known.
 */
export function epsilonPlot(
  reports: readonly NamedReport[],
  epsilons: Readonly<Record<string, number>>,
): Html | null {
  const curves = reports.map((each) => pointsOf(each, epsilons));
  const known = [...new Set(curves.flat().map(({epsilon}) => epsilon))].sort((a, b) => a - b);
  const largest = known.at(-1) ?? 0;
  if (known.length < 3 || !(largest > 0)) return null;
  const names = reports.map(({name}) => (name === '' ? 'robust accuracy' : name));
  const levels = [0, 0.25, 0.5, 0.75, 1];
  return html` <h2>Robust accuracy against epsilon</h2>
    ${keyOf(names)}
    <figure class="curve">
      <svg height="${HEIGHT + 24}" aria-hidden="true">
        ${levels.map((share) => {
          const y = (1 - share) * HEIGHT;
          return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}" />
            <text x="-8" y="${y + 4}" text-anchor="end">${100 * share} %</text>`;
        })}
        ${known.map(
          (epsilon) =>
            html`<text x="${place(epsilon / largest)}" y="${HEIGHT + 18}" text-anchor="middle"
              >${epsilonText(epsilon)}</text
            >`,
        )}
        ${curves.map((points, series) => curve(points, series, largest))}
      </svg>
    </figure>
    <div class="scroll" tabindex="0" role="region" aria-label="Robust accuracy against epsilon">
      <table>
        <caption>
          <span>The same in numbers, with 95 % intervals.</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="left">epsilon</th>
            ${names.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${known.map(
            (epsilon) =>
              html`<tr>
                <th scope="row">${epsilonText(epsilon)}</th>
                ${curves.map((points) => {
                  const point = points.find((each) => each.epsilon === epsilon);
                  return html`<td>
                    ${percent(point?.score.accuracy ?? null)}
                    <span class="soft small">${percentRange(point?.score.interval ?? null)}</span>
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
