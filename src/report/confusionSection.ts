import {at} from '../core/at';
import {checkPairs, countPairs} from '../metrics/confusionMatrix';
import {classLabel, count, percent} from './format';
import {html, type Html} from './html';

// Nobody reads a larger matrix: its largest entries are listed instead.
const LARGEST_MATRIX = 12;
const MOST_PAIRS = 15;

function matrixTable(matrix: readonly (readonly number[])[], names?: readonly string[]): Html {
  const rows = matrix.map((row, label) => {
    const total = row.reduce((sum, entry) => sum + entry, 0);
    const cells = row.map((entry, answer) => {
      const share = total === 0 ? 0 : entry / total;
      return html`<td
        class="${answer === label ? 'right' : ''}"
        style="--share:${share.toFixed(3)}"
      >
        ${entry === 0 ? '' : count(entry)}
      </td>`;
    });
    return html`<tr>
      <th scope="row">${classLabel(label, names)}</th>
      ${cells}
    </tr>`;
  });
  const head = matrix.map((_, answer) => html`<th scope="col">${names?.[answer] ?? answer}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Answers under attack">
    <table class="matrix">
      <caption>
        <span>Rows: the class. Columns: what the model answers.</span>
      </caption>
      <thead>
        <tr>
          <td></td>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function pairTable(matrix: readonly (readonly number[])[], names?: readonly string[]): Html {
  const pairs = matrix
    .flatMap((row, label) => {
      const total = row.reduce((sum, entry) => sum + entry, 0);
      return row.map((entry, answer) => ({label, answer, entry, share: entry / total}));
    })
    .filter(({label, answer, entry}) => label !== answer && entry > 0)
    .sort((a, b) => b.entry - a.entry)
    .slice(0, MOST_PAIRS);
  const rows = pairs.map(
    ({label, answer, entry, share}) =>
      html`<tr>
        <th scope="row">${classLabel(label, names)}</th>
        <td class="left">${classLabel(answer, names)}</td>
        <td>${count(entry)}</td>
        <td>${percent(share)}</td>
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Most frequent mistakes">
    <table>
      <caption>
        <span>The most frequent mistakes; the share is of the examples of the class.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col" class="left">class</th>
          <th scope="col" class="left">answer</th>
          <th scope="col">examples</th>
          <th scope="col">share</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/**
 * What a model answers under an attack: a matrix, or for many classes the most frequent mistakes.
 *
 * @param title - Heading of the section.
 * @param predictions - Answer to each example; -1 for none.
 * @param labels - Class of each example.
 */
export function confusionSection(
  where: string,
  title: string,
  predictions: readonly number[],
  labels: ArrayLike<number>,
  {numClasses, classNames}: {numClasses: number; classNames?: readonly string[] | undefined},
): Html {
  checkPairs(where, predictions, labels);
  // The answer to logits with NaN is no class: it is left out.
  const answered = predictions.flatMap((answer, i) => (answer < 0 ? [] : [i]));
  const pick = (list: ArrayLike<number>) => answered.map((i) => at(list, i));
  const matrix = countPairs(where, pick(predictions), pick(labels), numClasses);
  const table = numClasses <= LARGEST_MATRIX ? matrixTable : pairTable;
  return html`<h2>${title}</h2>
    ${table(matrix, classNames)}`;
}
