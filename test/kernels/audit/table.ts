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

Written by \`npm run audit\`; do not edit. Every differentiable operation that models of tf.layers and
common graph models use, in ${variants} variants (strides, paddings, dilations, odd sizes, broadcasting,
batches of one and more, negative inputs), on every backend: gradients as this library computes them,
against central differences of fourth order (step 0.01, element by element, on cpu, summed up in
double precision). A cell is the largest of the relative errors max |a - b| / max |b| over variants
and inputs. Most of what is left is the rounding of the differences: every gradient also agrees with
cpu's within 1e-4, but for sines on webgl and webgpu, of which SwiftShader gives three digits. The
tests allow 1e-3; on webgl and webgpu they run two variants of each operation that layers are made of,
this table all of them.

"refused": this library throws a typed error rather than use a wrong gradient. "none": there is no
gradient. Where a cell says either, the reason stands below the table.

wasm: kernels composed of tfjs's own, as in a scope. wasm SIMD: after \`registerGradientKernels({simd: 'plain'})\`.
The relaxed set (decision 012) is run by the same tests; on 2026-11-29 it had the digits of this column for
every operation, and differed from cpu's gradients by at most 7e-7, as the plain set does.
wasm fallback: the same where tfjs's internals are not as expected. webgl, webgpu and wasm browser:
headless Chromium on SwiftShader.

${markdown(['operation', ...COLUMNS], rows(records, names, COLUMNS, cell))}

## What has no gradient

An error names the operation and, where a \`tf.LayersModel\` runs it, the layer; \`auditGradients\`
reports it beside the gradients that there are.

| operation | why |
| --- | --- |
| \`complex\`, \`real\`, \`imag\`, \`fft\`, \`ifft\`, and so \`rfft\`, \`stft\` | tfjs's engine takes no gradients but those of float32; write the transform as a product with a matrix of cosines and sines |
| \`cropAndResize\` to its boxes, \`transform\` to its transforms | there is one to the image; where a crop lies is not differentiated |
| \`matMul\` of batches that do not repeat as a whole, such as [2, 3, …] by [2, 1, …] | tfjs multiplies the wrong pairs; \`tf.tile\` one of them first |
| \`unique\`, \`nonMaxSuppression\` with scores, \`bincount\`, sparse, ragged and string operations | no model of images, rows or tokens that we know of is differentiated through them |
| gradients of gradients of pools, depthwise convolutions, \`dilation2d\`, \`elu\`, \`localResponseNormalization\` and \`tf.losses.softmaxCrossEntropy\` | those of all others are right in a scope (\`test/kernels/audit/secondOrder.test.ts\`); outside of it tfjs's are wrong without a word through \`exp\`, \`tanh\`, \`sigmoid\`, softmax and what is made of them |

Comparisons, logic, \`floor\`, \`round\`, \`sign\`, \`argMax\` and the indices of \`topk\` have the gradient
zero. tfjs passes gradients through \`cast\` to whole numbers and through \`floorDiv\` as if they did not
round, where the derivative is zero; this library leaves that as it is, since an attack on zeros finds
nothing.

Beside this table, 300 random functional nets (\`RANDOM_NETS=300\`, \`test/kernels/randomNets.test.ts\`)
over the layers of tf.layers, with skips, layers used twice, models in models, dilations, batch norm
with and without its parameters and every activation, had the gradients of cpu to input and weights on
wasm, in a scope and with SIMD, to 1e-3 of their norm, on 2026-11-28; 300 others were attacked and trained
as cpu has it (\`test/kernels/randomNetSteps.test.ts\`). So had 50 nets of each of six rarer kinds:
volumes, \`convLstm2d\`, \`rnn\` over cells, masked steps, tokens and channels first
(\`test/support/randomRareNets.ts\`). A run of the tests takes 60, 30 and 10 of each kind.

## What tfjs 4.22.0 ships

The largest relative error of the gradients that tfjs itself computes, where one is above 1e-3, and
how many variants throw though there is a gradient. Nothing in a cell: right.

${markdown(['operation', ...stockColumns], stock)}

Forward passes that tfjs gets wrong, put right in a scope: on webgl a product of matrices with an odd
number of terms adds what lies beside the last value in a texel, which is not zero once a weight was
updated on the GPU, so the second training step of a layer of 3 classes goes wrong there; and
\`cropAndResize\` crops image i for box i. On webgpu \`cumsum\` from the end is wrong. On wasm, \`gather\`
with batch dimensions reads wrong rows; a product with a matrix whose data appear in another shape as
well writes beyond its result; strided convolutions with padding 'same' that do not read all of the
input give zeros; 3-D max pooling gives 0 for windows without a positive value; reflecting
\`transform\` is wrong before the first pixel; a product with a matrix that has no values writes into
memory that is not its own; and there is no \`einsum\`. On the others, \`einsum\` does
not sum over an axis of the second term alone. On cpu \`tensorScatterUpdate\` writes into its input.

Refused: on cpu \`transform\` of several images, which leaves all but the first empty. On wasm,
convolutions and pools that are padded by one number where windows are not square or strides differ:
tfjs-core computes a wrong output size there, and the backend writes beyond the result. Likewise windows
that are larger than what they slide over, and leave nothing.
`;
}

/** The operations that a document lists in its first table. */
export function listedOps(document: string): string[] {
  const lines = document.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| operation'));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) => (line.split('|')[1] ?? '').trim());
}
