import type {AuditRecord} from './audit';

/** Columns of the table, each a backend with one set of kernels. */
export const COLUMNS = [
  'cpu',
  'wasm',
  'wasm SIMD',
  'wasm fallback',
  'wasm 2 threads',
  'wasm browser',
  'webgl',
  'webgpu',
] as const;

type Records = ReadonlyMap<string, readonly AuditRecord[]>;

const short = (error: number) => (error === 0 ? '0' : error.toExponential(0));

/** The largest error of an operation's variants, and how many have no gradient to check. */
function cell(records: readonly AuditRecord[]): string {
  const checked = records.filter(({outcome}) => outcome === 'checked');
  const parts = checked.length === 0 ? [] : [short(Math.max(...checked.map((r) => r.gradient)))];
  for (const outcome of ['refused', 'none'] as const) {
    const count = records.filter((record) => record.outcome === outcome).length;
    if (count > 0) parts.push(checked.length === 0 ? outcome : `${count} ${outcome}`);
  }
  return parts.join(', ');
}

/** Stock gradients that are wrong or missing where this library's are checked. */
function stockCell(records: readonly AuditRecord[]): string {
  const checked = records.filter(({outcome}) => outcome !== 'none');
  const errors = checked.flatMap(({stock}) => (typeof stock === 'number' ? [stock] : []));
  const worst = Math.max(0, ...errors);
  const throwing = checked.filter(({stock}) => stock === 'throws').length;
  const notFinite = checked.some(({stock}) => stock === 'not finite');
  return [
    worst > 1e-3 ? `**${worst.toFixed(2)}**` : '',
    notFinite ? '**not finite**' : '',
    throwing === 0 ? '' : throwing === records.length ? 'throws' : `${throwing} throw`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function rows(
  records: Records,
  names: readonly string[],
  columns: readonly string[],
  text: (records: readonly AuditRecord[]) => string,
): string[][] {
  return names.map((name) => [
    name,
    ...columns.map((column) => {
      const all = records.get(column);
      if (all === undefined) throw new Error(`No records of ${column}.`);
      return text(all.filter(({op}) => op === name));
    }),
  ]);
}

const markdown = (head: readonly string[], body: readonly string[][]): string =>
  [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The document `docs/gradient-audit.md`, before formatting. */
export function auditDocument(records: Records, names: readonly string[]): string {
  const stockColumns = ['cpu', 'wasm', 'webgl', 'webgpu'];
  const stock = rows(records, names, stockColumns, stockCell).filter(([, ...cells]) =>
    cells.some((text) => text !== ''),
  );
  const variants = records.get('cpu')?.length ?? 0;
  return `# Gradient audit

Written by \`npm run audit\`; do not edit. Every differentiable operation that models of tf.layers
use, in ${variants} variants (strides, paddings, odd sizes, batches of one and more, negative inputs),
on every backend: gradients as this library computes them, against central differences of fourth
order (step 0.01, element by element, on cpu, summed up in double precision). A cell is the largest
of the relative errors max |a - b| / max |b| over variants and inputs. Most of what is left is the
rounding of the differences: every gradient also agrees with cpu's within 1e-4. The tests allow
1e-3; on webgl and webgpu they run two variants of each operation, this table all of them.

"refused": this library throws a typed error rather than use a wrong gradient. "none": tfjs has no
gradient and says so (dilated convolutions, products of batches of different size, batch norm
without scale, a broadcast squared difference; \`prod\` asks for the chained methods of the union
package).

wasm: kernels composed of tfjs's own, as in a scope. wasm SIMD: after \`registerGradientKernels()\`.
wasm fallback: the same where tfjs's internals are not as expected. webgl, webgpu and wasm browser:
headless Chromium on SwiftShader.

${markdown(['operation', ...COLUMNS], rows(records, names, COLUMNS, cell))}

## What tfjs 4.22.0 ships

The largest relative error of the gradients that tfjs itself computes, where one is above 1e-3, and
how many variants throw though there is a gradient. Nothing in a cell: right.

${markdown(['operation', ...stockColumns], stock)}

Not in the table: on webgl a product of matrices with an odd number of terms adds what lies beside
the last value in a texel, which is not zero once a weight was updated on the GPU; so the second
training step of a layer of 3 classes goes wrong there. On webgpu \`cumsum\` from the end is wrong. On
wasm the forward pass of 3-D max pooling returns 0 for windows without a positive value.
Where strides differ and padding is a number, tfjs-core computes a wrong output width for
convolutions and pooling, and on wasm writes beyond the result.
`;
}

/** The operations that a document lists in its first table. */
export function listedOps(document: string): string[] {
  const lines = document.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| operation'));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) => (line.split('|')[1] ?? '').trim());
}
