import type {DemoReport} from './report';
import {
  bestTable,
  costTable,
  differenceTable,
  isShown,
  markdownTable,
  shortTable,
  type Table,
} from './table';
import {collapseSentences} from './words';

/** Pieces of the documents by name, as Markdown. */
export type Blocks = Readonly<Record<string, string>>;

const fence = (text: string) => `    ${text}`;

/** The pieces that a kept report of the demo gives. */
export function demoBlocks(report: DemoReport): Blocks {
  const {methods, seeds, differences, machine, backend, versions} = report;
  const collapsed = collapseSentences(methods, seeds.length);
  const table = (made: Table) => markdownTable(made);
  return {
    'demo: command': fence(report.command),
    'demo: short': [
      table(
        shortTable(methods, [
          ...(['clean', 'pgd20', 'worstClassPgd20', 'tailClean', 'tailPgd20'] as const),
          ...(['tailAutoAttack', 'rarePgd20'] as const),
        ]),
      ),
      `Mean ± standard deviation over ${seeds.length} seeds: \`${report.command}\`.`,
      ...collapsed,
    ].join('\n\n'),
    'demo: full': [table(costTable(methods)), ...collapsed].join('\n\n'),
    'demo: differences': table(differenceTable(differences.filter(isShown))),
    'demo: best': table(bestTable(methods)),
    'demo: machine':
      `On ${machine['cores']} cores (${machine['cpu']}), ${machine['processes']} run at a time, ` +
      `Node ${versions['node']?.slice(1)}, tfjs ${versions['tfjs-core']}, ${backend} backend. Other work ` +
      'ran beside it: compare its seconds with each other only.',
  };
}

/**
 * A document with its pieces put in: what stands between `<!-- results: name -->` and
 * `<!-- /results -->` is replaced by the piece of that name.
 */
export function fillBlocks(document: string, blocks: Blocks): string {
  return document.replaceAll(
    /(<!-- results: ([^>]+?) -->\n)[^]*?(<!-- \/results -->)/g,
    (_, open: string, name: string, close: string) => {
      const block = blocks[name];
      if (block === undefined) throw new Error(`no kept report gives "${name}"`);
      return `${open}\n${block}\n\n${close}`;
    },
  );
}
