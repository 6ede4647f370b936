import {byId, make, setText} from './dom';
import {shareOf, shareText, type Counts, type Subject} from './evaluationCounts';

const MOST_CLASSES = 100;

interface Row {
  readonly bar: HTMLElement;
  readonly clean: HTMLElement;
  readonly attacked: HTMLElement;
}

function buildRows({names, counts}: Subject): Row[] {
  byId('counts-head', HTMLTableCellElement).hidden = counts === null;
  const cell = () => make('td', {className: 'figure'});
  const rows = names.slice(0, MOST_CLASSES).map(() => {
    return {bar: make('span', {className: 'bar empty'}), clean: cell(), attacked: cell()};
  });
  byId('classes', HTMLTableSectionElement).replaceChildren(
    ...rows.map(({bar, clean, attacked}, c) => {
      const trained = make('td', {className: 'figure', textContent: String(counts?.[c] ?? '')});
      trained.hidden = counts === null;
      const head = make('th', {scope: 'row', textContent: names[c] ?? ''});
      return make('tr', {}, head, trained, make('td', {}, bar), clean, attacked);
    }),
  );
  return rows;
}

/** The bars of the classes: what shows the counts of an evaluation. */
export function classBars(): (counts: Counts) => void {
  let rows: readonly Row[] = [];
  let built = '';
  return ({subject, totals, clean, attacked}) => {
    const key = JSON.stringify([subject.names, subject.counts]);
    if (key !== built) rows = buildRows(subject);
    built = key;
    rows.forEach((row, c) => {
      const before = shareOf(clean[c], totals[c]);
      const now = shareOf(attacked[c], totals[c]);
      row.bar.classList.toggle('empty', before === null);
      row.bar.style.setProperty('--clean', String(before ?? 0));
      row.bar.style.setProperty('--share', String(now ?? 0));
      setText(row.clean, shareText(before));
      setText(row.attacked, shareText(now));
    });
  };
}
