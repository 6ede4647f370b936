import {mcnemarTest, type PairedComparison} from '../metrics/mcnemarTest';
import type {RobustnessScore} from '../metrics/robustnessReport';
import {count, short} from './format';
import {html, type Html} from './html';
import type {NamedReport} from './reportInput';
import {scoresOf} from './reportSeries';

/** A later report beside the first one, on one kind of inputs. */
interface Pair extends PairedComparison {
  readonly name: string;
  readonly inputs: string;
}

const points = (share: number): string =>
  `${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(100 * share).toFixed(1)}`;

const rightOf = ({predictions}: RobustnessScore, labels: ArrayLike<number>) =>
  predictions?.length === labels.length
    ? predictions.map((answer, i) => answer === labels[i])
    : undefined;

function pairsOf([first, ...others]: readonly NamedReport[], labels: ArrayLike<number>): Pair[] {
  if (first === undefined) return [];
  const before = new Map(scoresOf(first));
  return others.flatMap((other) =>
    scoresOf(other).flatMap(([inputs, score]) => {
      const same = before.get(inputs);
      const [a, b] = [same && rightOf(same, labels), rightOf(score, labels)];
      if (a === undefined || b === undefined) return [];
      return [{name: other.name, inputs, ...mcnemarTest(a, b)}];
    }),
  );
}

/**
 * How much more or less accurate the later reports of a comparison are than the first one, on the same
 * examples: the difference with its interval, and McNemar's test.
 *
 * @param reports - Reports on the same examples in the same order.
 * @param labels - Class of each example.
 * @returns Nothing for a single report, or where none has the answer to every example.
 */
export function pairedSection(
  reports: readonly NamedReport[],
  labels: ArrayLike<number> | undefined,
): Html | null {
  const pairs = labels === undefined ? [] : pairsOf(reports, labels);
  if (pairs.length === 0) return null;
  const first = reports[0]?.name ?? '';
  const isMany = reports.length > 2;
  const rows = pairs.map(
    ({name, inputs, difference, interval, onlyFirst, onlySecond, pValue}) =>
      html`<tr>
        <th scope="row">${isMany ? `${name}: ` : ''}${inputs}</th>
        <td><b>${points(difference)}</b></td>
        <td>${points(interval[0])} to ${points(interval[1])}</td>
        <td>${count(onlyFirst)}</td>
        <td>${count(onlySecond)}</td>
        <td>${pValue < 1e-4 ? '< 0.0001' : short(pValue)}</td>
      </tr>`,
  );
  const title = `Difference to ${first}`;
  return html`<h2>${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <caption>
          <span
            >Accuracy in percentage points, on the same examples. p is McNemar’s exact test, of the
            examples that only one of the two models gets right.</span
          >
        </caption>
        <thead>
          <tr>
            <th scope="col" class="left">inputs</th>
            <th scope="col">difference</th>
            <th scope="col">95 % interval</th>
            <th scope="col">only ${first} right</th>
            <th scope="col">only ${isMany ? 'the other' : (reports[1]?.name ?? '')} right</th>
            <th scope="col">p</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
