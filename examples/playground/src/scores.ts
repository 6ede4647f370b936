import {byId, make, percent, setText} from './dom';
import {bestOf} from './pictures';

const SHOWN = 10;

/** What the table of scores shows. */
export interface ScoresShown {
  readonly clean: Float32Array;
  readonly now: Float32Array;
  readonly label: number;
  readonly names: readonly string[];
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly name: HTMLElement;
  readonly tag: HTMLElement;
  readonly bar: HTMLElement;
  readonly now: HTMLElement;
  readonly clean: HTMLElement;
}

function makeRow(): Row {
  const name = make('span');
  const tag = make('span', {className: 'tag', textContent: 'true'});
  const bar = make('span', {className: 'bar'});
  const now = make('span');
  const clean = make('span', {className: 'hidden'});
  const head = make('th', {scope: 'row'}, name, tag);
  const row = make(
    'tr',
    {},
    head,
    make('td', {}, bar),
    make('td', {className: 'figure'}, now, clean),
  );
  return {row, name, tag, bar, now, clean};
}

/**
 * The table of scores. Of many classes it shows those that matter: the true one, and the likeliest
 * before or after the attack.
 */
export function scoresTable(): (shown: ScoresShown) => void {
  const body = byId('scores', HTMLTableSectionElement);
  const rows: Row[] = [];
  return ({clean, now, label, names}) => {
    const classes = chosenClasses(clean, now, label);
    while (rows.length < classes.length) rows.push(makeRow());
    if (body.childElementCount !== classes.length) {
      body.replaceChildren(...rows.slice(0, classes.length).map(({row}) => row));
    }
    const best = bestOf(now);
    classes.forEach((c, i) => {
      const row = rows[i] as Row;
      setText(row.name, names[c] ?? `class ${c}`);
      row.tag.hidden = c !== label;
      row.row.classList.toggle('best', c === best);
      row.bar.style.setProperty('--share', String(now[c] ?? 0));
      row.bar.style.setProperty('--clean', String(clean[c] ?? 0));
      setText(row.now, percent(now[c] ?? 0));
      setText(row.clean, `, clean ${percent(clean[c] ?? 0)}`);
    });
  };
}

function chosenClasses(clean: Float32Array, now: Float32Array, label: number): number[] {
  const all = Array.from(now.keys());
  if (all.length <= SHOWN) return all;
  const score = (c: number) => Math.max(clean[c] ?? 0, now[c] ?? 0) + (c === label ? 1 : 0);
  return all
    .sort((a, b) => score(b) - score(a))
    .slice(0, SHOWN)
    .sort((a, b) => a - b);
}
