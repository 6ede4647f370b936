import {classLabel, count, percent} from './format';
import {html, type Html} from './html';
import {keyOf, mark, place, seriesClass} from './marks';
import type {Series} from './reportSeries';

const ROW = 16;

// More columns of numbers than this would leave no room for the plot: beyond it only the first and
// the worst series get one.
const MOST_COLUMNS = 3;

function columnsOf(series: readonly Series[]): readonly Series[] {
  if (series.length <= MOST_COLUMNS) return series;
  const [first, ...others] = series;
  const worst = others.reduce((low, each) =>
    each.score.accuracy < low.score.accuracy ? each : low,
  );
  return first === undefined ? [] : [first, worst];
}

function rowPlot(series: readonly Series[], label: number): Html {
  const height = ROW + 6 * (series.length - 1);
  const y = (i: number) => ROW / 2 + 6 * i;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<line class="grid" x1="${place(share)}" x2="${place(share)}" y1="0" y2="100%" />`,
  );
  const dots = series.map(({score}, i) => {
    const {accuracy = null, interval = null} = score.perClass[label] ?? {};
    if (accuracy === null || interval === null) return null;
    return html`<line
        class="${seriesClass(i)}"
        stroke="currentColor"
        stroke-width="2"
        stroke-opacity=".45"
        x1="${place(interval[0])}"
        x2="${place(interval[1])}"
        y1="${y(i)}"
        y2="${y(i)}"
      />${mark(i, accuracy, y(i))}`;
  });
  return html`<svg height="${height}" aria-hidden="true">${grid}${dots}</svg>`;
}

/**
 * The accuracy of every class with its interval, one row per class, the most frequent in training
 * first: a table whose middle column is a dot plot, so that a screen reader reads the numbers.
 *
 * @param series - Scores to show, at least one.
 * @param classNames - Names of the classes.
 * @param classCounts - Training examples of each class.
 */
export function classPlot(
  series: readonly Series[],
  classNames?: readonly string[],
  classCounts?: ArrayLike<number>,
): Html {
  const [first] = series;
  const labels = (first?.score.perClass ?? []).map((score) => score.class);
  const trainedOn = (label: number) => classCounts?.[label] ?? 0;
  if (classCounts !== undefined) labels.sort((a, b) => trainedOn(b) - trainedOn(a) || a - b);
  const columns = columnsOf(series);
  const tail = new Set(first?.score.tail?.classes ?? []);
  const rows = labels.map(
    (label) =>
      html`<tr class="${tail.has(label) ? 'tail' : ''}">
        <th scope="row">${classLabel(label, classNames)}</th>
        ${classCounts === undefined ? null : html`<td>${count(trainedOn(label))}</td>`}
        <td class="plot">${rowPlot(series, label)}</td>
        ${columns.map(({score}) => html`<td>${percent(score.perClass[label]?.accuracy ?? null)}</td>`)}
      </tr>`,
  );
  const order = classCounts === undefined ? '' : ', the most frequent class in training first';
  return html`${keyOf(series.map(({name}) => name))}
    <div class="scroll" tabindex="0" role="region" aria-label="Accuracy of each class">
      <table>
        <caption>
          <span>Accuracy of each class${order}; lines are 95 % intervals.</span>
        </caption>
        <thead>
          <tr>
            <th scope="col" class="left">class</th>
            ${classCounts === undefined ? null : html`<th scope="col">trained on</th>`}
            <th scope="col" class="left">
              <span class="axis" aria-hidden="true"
                ><span>0 %</span><span>50</span><span>100 %</span></span
              >
            </th>
            ${columns.map(({name}) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
