import {PAGE_COLOURS} from '../shared/pageColours';
import {METHOD_LABELS, METHOD_SENTENCES} from './methodNames';
import type {DemoReport} from './report';
import type {RunResult} from './runMethod';
import {stripHtml} from './strip';
import {bestTable, costTable, differenceTable, isShown, type Table} from './table';
import {autoAttackWords, collapseSentences} from './words';

const escape = (text: string | number) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const htmlTable = ({head, rows}: Table): string => `<div class="wide"><table>
<thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows
  .map((row) => {
    const isTeacher = row[0]?.startsWith('the students’ teacher') === true;
    const cells = row.map((cell) => `<td>${escape(cell)}</td>`).join('');
    return `<tr${isTeacher ? ' class="part"' : ''}>${cells}</tr>`;
  })
  .join('\n')}</tbody></table></div>`;

const STYLE = `${PAGE_COLOURS}
  body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); max-width: 88rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); }
  p, ul { max-width: 46rem; }
  .wide { overflow-x: auto; } .wide svg { display: block; min-width: 34rem; } table { border-collapse: collapse; font-size: .85rem; }
  th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
  tr.part td { color: var(--quiet); }
  .warning { color: var(--bad); font-weight: 600; }
  .strip { display: flex; overflow-x: auto; gap: .4rem; font-size: .72rem; text-align: center; }
  .rows { display: grid; grid-template-rows: 1.6rem 96px 96px 76px; align-items: center; min-width: 5rem; text-align: right; }
  figure { margin: 0; } figcaption { height: 1.6rem; font-weight: 600; white-space: nowrap; }
  img { display: block; width: 76px; height: 76px; image-rendering: pixelated; margin: 0 auto; } figure div { height: 20px; white-space: nowrap; }
  .right { color: var(--good); } .wrong { color: var(--bad); font-weight: 600; } svg { max-width: 100%; height: auto; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .85rem; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
  @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } th, td { padding: .25rem .4rem; font-size: .8rem; } th:first-child, td:first-child { white-space: normal; min-width: 6.5rem; } }
`;

const namesOf = (report: DemoReport, classes: readonly number[]) =>
  classes.map((c) => report.classNames[c] ?? String(c)).join(', ');

function introduction(report: DemoReport): string {
  const {settings, seeds, methods, classCounts} = report;
  const spread = seeds.length > 1 ? ' ± sample standard deviation' : '';
  const steps = settings.imageSteps.toLocaleString('en-US');
  return `<p>Each method trains the same small network on the same long-tailed data
(${classCounts[0]} images of the largest class, ${classCounts.at(-1)} of the smallest) and is attacked
with 20 steps of PGD, L∞ ${settings.epsilon.toFixed(3)}. <b>Each has the same number of image-steps</b>,
${steps} to within one batch: images seen in training steps, those of a teacher included.
Every image-step is attacked with ${settings.attackSteps} steps of PGD.</p>
<ul>${methods
    .map(({name}) => `<li><b>${escape(METHOD_LABELS[name])}.</b> ${METHOD_SENTENCES[name]}</li>`)
    .join('\n')}</ul>
<p>The tables and pictures show the <b>last checkpoint</b>: mean${spread} over ${seeds.length}
seed${seeds.length > 1 ? 's' : ''}, in percent, on a balanced test set. T- is the tail
(${escape(namesOf(report, report.tailClasses))}), 3T- the three rarest classes
(${escape(namesOf(report, report.rareClasses))}), T-AA ${autoAttackWords(settings)}, worst class the one with the lowest accuracy under
PGD-20 in its run. Passes are forward / backward of single images, and + forward passes of the teacher
while its student learns. Seconds are those of training alone, with ${report.machine['processes']} at a time.</p>`;
}

const shownSettings = (report: DemoReport): Record<string, string> => ({
  command: report.command,
  backend: report.backend,
  time: `${(report.elapsedMs / 1000).toFixed(0)} s`,
  seeds: report.seeds.join(', '),
  'training images per class': report.classCounts.join(', '),
  'images of the balanced set': String(report.balancedImages),
  'validation split': `balanced, from the ${report.validationFrom}`,
  ...Object.fromEntries(
    Object.entries(report.settings).map(([key, value]) => [key, JSON.stringify(value)]),
  ),
  ...report.versions,
  ...Object.fromEntries(Object.entries(report.machine).map(([key, value]) => [key, String(value)])),
});

/** The report as one HTML page that stands alone. */
export function page(
  report: DemoReport,
  results: readonly RunResult[],
  plots: Readonly<Record<'classes' | 'curves' | 'losses', string>>,
): string {
  const {methods, seeds, differences} = report;
  const collapsed = collapseSentences(methods, seeds.length);
  const shown = differences.filter(isShown);
  const strips = results
    .filter(({seed}) => seed === seeds[0])
    .map(
      ({method, samples, imageShape}) =>
        `<h3>${escape(METHOD_LABELS[method])}</h3>
${stripHtml(samples, imageShape, report.classNames, report.settings.epsilon)}`,
    );
  const paired =
    seeds.length < 2 || shown.length === 0
      ? ''
      : `<h2>Differences, paired over the seeds</h2>
<p>In points of the last checkpoint, with the 95 % interval of the mean (Student's t, ${seeds.length} seeds).
An interval that contains 0 shows no difference. The intervals are not corrected for their number.</p>
${htmlTable(differenceTable(shown))}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>lt-robust: long-tailed adversarial training at equal cost</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style></head><body>
<h1>Long-tailed adversarial training at equal cost</h1>
${introduction(report)}
${htmlTable(costTable(methods))}
${collapsed.map((sentence) => `<p class="warning">${escape(sentence)}</p>`).join('\n')}
${paired}
<h2>Robust accuracy of each class</h2><div class="wide">${plots.classes}</div>
<p><a href="networks.html">The networks of seed ${seeds[0]} beside each other</a>: every class with its interval,
what each network answers under attack, and which differ by more than chance.</p>
<h2>Best checkpoints</h2>
<p>The epoch with the highest PGD-20 accuracy on a balanced validation split of
${report.settings.validationPerClass} images a class, taken from the ${report.validationFrom}.</p>
${htmlTable(bestTable(methods))}
<h2>Training</h2><div class="wide">${plots.curves}</div><div class="wide">${plots.losses}</div>
<h2>What the attack does to an image</h2>
<p>The first test image of each class under PGD-20, at the last checkpoint of seed ${seeds[0]}; the
network's answer below each.</p>
${strips.join('\n')}
<h2>Settings</h2><dl>${Object.entries(shownSettings(report))
    .map(([key, value]) => `<dt>${escape(key)}</dt><dd>${escape(value)}</dd>`)
    .join('')}</dl>
</body></html>
`;
}
