/**
 * How the time for an image grows with the batch, the width of a network, its classes, threads, worker
 * processes and parts of an evaluation. Minima of wall-clock time: keep the machine quiet.
 *
 *   npm run bench:growth               # about four minutes; docs/results/growth.json, table and picture
 *   npm run bench:growth -- --quick    # small, into a temporary folder: tries the script
 *   npm run bench:growth -- --draw     # table and picture anew from the kept report
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import os, {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {fillBlocks} from '../examples/demo/documents';
import {type GrowthReport, type GrowthSeries, growthPicture, growthTable} from './growthPage';

const {values: options} = parseArgs({
  options: {quick: {type: 'boolean', default: false}, draw: {type: 'boolean', default: false}},
});

const KEPT = 'docs/results/growth.json';
const PAGE = 'docs/benchmarks.md';
const PICTURE = 'docs/images/growth.svg';

const doubled = (first: number, last: number): number[] =>
  first > last ? [] : [first, ...doubled(2 * first, last)];

// Each in a process of its own: a backend starts once, and a heap that has grown stays large.
function measured(kind: string, at: number): Record<string, unknown> {
  const program = fileURLToPath(new URL('growthStep.ts', import.meta.url));
  const argv = [...process.execArgv, program, kind, String(at), options.quick ? 'quick' : 'full'];
  const {status, stdout} = spawnSync(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${kind} at ${at} failed`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

function series(
  name: GrowthSeries['name'],
  what: string,
  setting: string,
  places: readonly number[],
): GrowthSeries {
  const points = places.map((at) => {
    const {ms, kernels, startMs} = measured(name, at);
    console.log(`${name} ${at}: ${Number(ms).toFixed(3)} ms for an image`);
    return {at, ms: Number(ms), kernels: String(kernels), startMs: startMs as number | undefined};
  });
  return {name, what, setting, points};
}

function measure(): GrowthReport {
  const started = Date.now();
  const cores = os.availableParallelism();
  const most = options.quick ? 2 : 16;
  const report = {
    format: 'lt-robust growth 1' as const,
    date: new Date().toISOString().slice(0, 10),
    isQuick: options.quick,
    machine: {cpu: os.cpus()[0]?.model ?? 'unknown', cores, node: process.version},
    load: os.loadavg()[0] ?? 0,
    series: [
      series(
        'batch',
        'images at a time',
        'step of PGD, ResNet-18 of width 16',
        doubled(1, 8 * most),
      ),
      series('width', 'channels of the first stage', 'step of PGD, ResNet-18, 16 images', [
        ...doubled(options.quick ? 4 : 8, options.quick ? 8 : 64),
      ]),
      series('classes', 'classes', 'step of PGD, ResNet-18 of width 16, 32 images', [
        ...[10, 100, ...(options.quick ? [] : [1000, 10_000])],
      ]),
      series('threads', 'threads of wasm', 'step of PGD, ResNet-18 of width 64, 16 images', [
        ...doubled(1, Math.min(cores, most)),
      ]),
      series('workers', 'processes', 'evaluateInPool, PGD-10, ResNet-18 of width 16', [
        ...doubled(1, Math.min(2 * cores, most)),
      ]),
      series(
        'shards',
        'parts, one after the other',
        'evaluateShard, PGD-10, ResNet-18 of width 16',
        [...doubled(1, most)],
      ),
    ],
  };
  return {...report, seconds: Math.round((Date.now() - started) / 1000)};
}

const report = options.draw ? (JSON.parse(readFileSync(KEPT, 'utf8')) as GrowthReport) : measure();
const table = growthTable(report);
console.log(`\n${table}\n`);
if (options.quick) {
  const folder = mkdtempSync(path.join(tmpdir(), 'lt-robust-growth-'));
  writeFileSync(path.join(folder, 'growth.json'), `${JSON.stringify(report)}\n`);
  writeFileSync(path.join(folder, 'growth.svg'), growthPicture(report));
  console.log(`Written into ${folder}; ${report.seconds} s.`);
} else {
  if (!options.draw) writeFileSync(KEPT, `${JSON.stringify(report)}\n`);
  writeFileSync(PICTURE, growthPicture(report));
  const picture = `![Time for an image, times that at the first size](images/growth.svg)`;
  const blocks = {growth: `${table}\n\n${picture}`};
  writeFileSync(PAGE, fillBlocks(readFileSync(PAGE, 'utf8'), blocks));
  console.log(`Written: ${KEPT}, ${PICTURE}, ${PAGE}; ${report.seconds} s.`);
}
