import type {AttackScore, RobustnessScore, Score} from '../metrics/robustnessReport';
import {count, percent, percentRange} from './format';
import {html, type Html} from './html';
import type {NamedReport} from './reportInput';
import {scoresOf, worstAttack} from './reportSeries';

const ofTotal = ({correct, total}: RobustnessScore): string =>
  `${count(correct)} of ${count(total)}`;

function card(title: string, score: RobustnessScore): Html {
  return html`<li>
    <span>${title}</span><b>${percent(score.accuracy)}</b>
    <span class="soft small">${percentRange(score.interval)}; ${ofTotal(score)}</span>
  </li>`;
}

/** The main figures of one report: clean and robust accuracy, and the tail's. */
function cards(each: NamedReport): Html {
  const worst = worstAttack(each);
  const {tail} = (worst ?? {score: each.report.clean}).score;
  return html`<ul class="cards">
    ${card('clean accuracy', each.report.clean)}
    ${worst === undefined ? null : card(`robust accuracy, ${worst.name}`, worst.score)}
    ${
      tail === null
        ? null
        : html`<li>
            <span>tail${worst === undefined ? '' : `, ${worst.name}`}</span>
            <b>${percent(tail.accuracy)}</b
            ><span class="soft small"
              >${percentRange(tail.interval)}; classes ${tail.classes.join(', ')}</span
            >
          </li>`
    }
  </ul>`;
}

const figure = (score: Score | null | undefined): Html =>
  html`<td>
    ${score === null || score === undefined ? '-' : html`<b>${percent(score.accuracy)}</b>`}
    <span class="soft small">${score ? percentRange(score.interval) : ''}</span>
  </td>`;

/** The same figures of several reports, one below the other. */
function headTable(reports: readonly NamedReport[]): Html {
  const rows = reports.map((each) => {
    const worst = worstAttack(each);
    return html`<tr>
      <th scope="row">${each.name}</th>
      ${figure(each.report.clean)} ${figure(worst?.score)}
      ${figure((worst?.score ?? each.report.clean).tail)}
      <td>${worst?.name ?? '-'}</td>
    </tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="The models">
    <table class="head">
      <thead>
        <tr>
          <th scope="col" class="left">model</th>
          <th scope="col">clean</th>
          <th scope="col">robust</th>
          <th scope="col">tail</th>
          <th scope="col">strongest attack</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The main figures: cards for one report, a table for several. */
export function headline(reports: readonly NamedReport[]): Html {
  const [first] = reports;
  const isOne = first !== undefined && reports.length === 1;
  return html`${isOne ? cards(first) : headTable(reports)}
    <p class="soft small">
      ${isOne ? null : 'Robust and tail: under the strongest attack. '}Ranges are 95 % Wilson
      intervals.
    </p>`;
}

/** All scores: a row for clean inputs and for each attack. */
export function scoreTable(reports: readonly NamedReport[]): Html {
  const isMany = reports.length > 1;
  const rows = reports.flatMap((each) =>
    scoresOf(each).map(
      ([name, score]) =>
        html`<tr>
          <th scope="row">${isMany ? `${each.name}: ` : ''}${name}</th>
          <td>${percent(score.accuracy)}</td>
          <td>${percentRange(score.interval)}</td>
          <td>${percent(score.balancedAccuracy)}</td>
          <td>${percent(score.worstClassAccuracy)}</td>
          <td>${score.tail === null ? '-' : percent(score.tail.accuracy)}</td>
          ${Object.values(score.groups).map(({accuracy}) => html`<td>${percent(accuracy)}</td>`)}
        </tr>`,
    ),
  );
  const groups = Object.keys(reports[0]?.report.clean.groups ?? {});
  return html`<h2>All scores</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="All scores">
      <table>
        <thead>
          <tr>
            <th scope="col" class="left">inputs</th>
            <th scope="col">accuracy</th>
            <th scope="col">95 % interval</th>
            <th scope="col">balanced</th>
            <th scope="col">worst class</th>
            <th scope="col">tail</th>
            ${groups.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

const attacksOf = (reports: readonly NamedReport[]) =>
  reports.flatMap(({name, report}) =>
    Object.entries(report.attacks).map(([attack, score]): [string, AttackScore] => [
      name === '' ? attack : `${name}: ${attack}`,
      score,
    ]),
  );

/** What makes the scores doubtful, and what to do about it. */
export function warningSection(reports: readonly NamedReport[]): Html | null {
  const warnings = attacksOf(reports).flatMap(([name, {warnings: own = []}]) =>
    own.map(
      ({message, advice}) =>
        html`<div class="warning"><strong>${name}:</strong> ${message} <br />${advice}</div>`,
    ),
  );
  return warnings.length === 0
    ? null
    : html`<h2>Warnings</h2>
        ${warnings}`;
}

/** What the attacks cost, and what each of their components added. */
export function costSection(reports: readonly NamedReport[]): Html | null {
  const rows = attacksOf(reports).flatMap(([name, {cost, components = [], accuracy}]) => {
    if (cost === undefined) return [];
    const row = (title: string, passes: typeof cost, share: number) =>
      html`<tr>
        <th scope="row">${title}</th>
        <td>${count(passes.forward)}</td>
        <td>${count(passes.backward)}</td>
        <td>${count(passes.queries)}</td>
        <td>${percent(share)}</td>
      </tr>`;
    return [
      ...components.map((part) => row(`${name}, after ${part.name}`, part.cost, part.accuracy)),
      row(name, cost, accuracy),
    ];
  });
  if (rows.length === 0) return null;
  return html`<h2>Cost</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Cost">
      <table>
        <caption>
          Passes of single examples through the model.
        </caption>
        <thead>
          <tr>
            <th scope="col" class="left">attack</th>
            <th scope="col">forward</th>
            <th scope="col">backward</th>
            <th scope="col">queries</th>
            <th scope="col">accuracy</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}
