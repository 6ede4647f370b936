import {PAGE_COLOURS} from '../shared/pageColours';
import type {ReportFigure} from './figures';
import {costLines, paperLines, remarksOn, runLines} from './paperTable';
import {seedWords, tailWords} from './facts';
import type {PaperReport} from './report';
import {distinct} from './spans';
import {COLUMN_LABELS, COLUMNS} from './rowSummary';
import {scaleOf, scaleSentences} from './words';

const escape = (text: string | number) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const STYLE = `${PAGE_COLOURS}
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); max-width: 80rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); }
  p, ul { max-width: 46rem; } .wide { overflow-x: auto; } .wide svg { display: block; min-width: 34rem; max-width: 100%; height: auto; }
  table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; font-weight: 600; }
  th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
  tr.paper td { color: var(--quiet); font-style: italic; } tr.teacher td { color: var(--quiet); } .best { border-left: 2px solid var(--line); }
  .reduced { border: 1px solid #b8860b; border-radius: .4rem; padding: .5rem 1rem; max-width: 44rem; }
  .warning { color: var(--bad); font-weight: 600; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .85rem; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
`;

const cellsOf = (cells: readonly string[]) =>
  cells.map(
    (cell, i) => `<td${i % COLUMNS.length === 0 ? ' class="best"' : ''}>${escape(cell)}</td>`,
  );

function table(report: PaperReport): string {
  const titles = COLUMNS.map((column) => `<th>${COLUMN_LABELS[column]}</th>`).join('');
  const rows = paperLines(report).map(
    ({name, kind, cells}) =>
      `<tr${kind === 'own' ? '' : ` class="${kind}"`}><td>${escape(name)}</td>${cellsOf(cells).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead>
<tr><th></th><th colspan="5">Best epoch</th><th colspan="5">Last epoch</th></tr>
<tr><th>method</th>${titles}${titles}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

const plainTable = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  `<div class="wide"><table><thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`)
    .join('\n')}</tbody></table></div>`;

const SCALE_TITLES = {
  paper: 'As in the paper, in every setting and count of images that it gives',
  reduced: 'Reduced scale: compare the rows with each other, not with the paper’s',
  other: 'Other settings than the paper’s: compare the rows with each other, not with the paper’s',
};

function scaleBox(report: PaperReport): string {
  const sentences = scaleSentences(report).map((sentence) => `<li>${escape(sentence)}</li>`);
  const title = SCALE_TITLES[scaleOf(report)];
  return `<div class="reduced"><b>${title}</b><ul>${sentences.join('')}</ul></div>`;
}

const NETWORKS_LINK = `<p><a href="networks.html">The networks of one seed beside each other</a>: every class with its
interval, what each network answers under attack, and which differ by more than chance.</p>`;

/** The report as one HTML page that stands alone. */
export function page(report: PaperReport, figures: readonly ReportFigure[]): string {
  const {experiment, rows, seeds, runs} = report;
  const hasSpread = rows.some((row) => row.seeds.length > 1);
  const spread = hasSpread ? ', ± sample standard deviation' : '';
  const italics = paperLines(report).some(({kind}) => kind === 'paper')
    ? ' Lines in italics are <b>the paper’s own numbers</b>, at its scale.'
    : '';
  const collapsed = rows.flatMap(({label, collapsed: ones}) =>
    ones.map(({seed, reason}) => `† ${label}, seed ${seed}: ${reason}.`),
  );
  const hasTeachers = rows.some(({teacher}) => teacher !== null);
  const teachers = hasTeachers ? ' A teacher’s line is its last epoch, the one that taught.' : '';
  const shown: Record<string, string> = {
    command: report.command,
    backend: distinct(runs.map(({backend}) => backend)).join(', '),
    seeds: seeds.join(', '),
    'code of the runs': distinct(runs.flatMap(({code}) => code)).join(', '),
    ...Object.fromEntries(Object.entries(report.settings).map(([k, v]) => [k, JSON.stringify(v)])),
    ...report.versions,
    ...Object.fromEntries(Object.entries(report.machine).map(([k, v]) => [k, String(v)])),
  };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(experiment.name)}: ${escape(experiment.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style></head><body>
<h1>${escape(experiment.name)}: ${escape(experiment.title)}</h1>
${scaleBox(report)}
<p>Test accuracy in percent${spread}, of ${seedWords(report)}. PGD is PGD-20 with
ε ${experiment.epsilon.toFixed(4)}, AA AutoAttack, T- the tail (${escape(tailWords(report))}). The best epoch is the one with
the highest PGD accuracy.${italics}${teachers}</p>
${table(report)}
${collapsed.map((sentence) => `<p class="warning">${escape(sentence)}</p>`).join('\n')}
${remarksOn(report)
  .map((sentence) => `<p>${escape(sentence)}</p>`)
  .join('\n')}
${figures.map(({title, svg}) => `<h2>${escape(title)}</h2><div class="wide">${svg}</div>`).join('\n')}
${runs.length === 0 ? '' : NETWORKS_LINK}
<h2>Cost</h2>
<p>Image-steps are images seen in training steps, a teacher’s included. Seconds are by the clock of the run, of
training alone, without a teacher that another run had trained, on a machine that may have had other work.</p>
${plainTable(['row', 'seeds', 'best epochs', 'image-steps', 'seconds'], costLines(report))}
<h2>Runs, best epoch${hasTeachers ? '; teachers, last epoch' : ''}</h2>
${plainTable(['preset', 'seed', ...COLUMNS.map((column) => COLUMN_LABELS[column])], runLines(report))}
<h2>Settings</h2><dl>${Object.entries(shown)
    .map(([key, value]) => `<dt>${escape(key)}</dt><dd>${escape(value)}</dd>`)
    .join('')}</dl>
</body></html>
`;
}
