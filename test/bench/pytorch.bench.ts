/**
 * Our attack and training steps beside PyTorch's: the same networks and batches, in turn, minima of
 * CPU time and of wall-clock time, on one thread and on two. PyTorch has the better of its two layouts.
 *
 *   PYTORCH_PYTHON=/path/to/python npm run bench:pytorch
 *
 * That Python needs torch (test/reference/requirements.txt); without it nothing is measured, and that
 * is said. BENCH_SECONDS is how long each figure takes at least, 10 by default; BENCH_THREADS the
 * numbers of threads, "1,2". On Node 20 our side runs with its flag for relaxed SIMD. Fails where a goal
 * is missed.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {availableParallelism, cpus, loadavg} from 'node:os';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {judge, row} from './judge';
import type {Asked} from './pytorchSteps';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const PYTHON = process.env['PYTORCH_PYTHON'] ?? '';
const THREADS = (process.env['BENCH_THREADS'] ?? '1,2').split(',').map(Number);

/** Speed of ours in that of PyTorch, on one thread, that a step should reach. */
const CASES = [
  {network: 'ResNet-18 w16', batch: 32, attack: 0.9, training: 0.6},
  {network: 'ResNet-18 w16', batch: 128, attack: 0.9, training: 0.6},
  {network: 'ResNet-18 w64', batch: 8, attack: 1, training: 0.8},
  {network: 'CNN', batch: 64, attack: 0.9, training: 0.6},
  {network: 'WRN-16-4', batch: 32, attack: 0.9, training: 0.6},
] as const;

interface Times {
  readonly cpu: number;
  readonly wall: number;
}

/** A process that answers each line by a line. */
class Side {
  private readonly lines: AsyncIterator<string>;

  constructor(private readonly child: ChildProcess) {
    if (!child.stdout) throw new Error('The process has no output.');
    this.lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  }

  async next(): Promise<unknown> {
    const line = await this.lines.next();
    if (line.done === true) throw new Error('A side ended before its time.');
    return JSON.parse(line.value);
  }

  ask(asked: Asked & {readonly layout?: string}): Promise<Times> {
    this.child.stdin?.write(`${JSON.stringify(asked)}\n`);
    return this.next() as Promise<Times>;
  }

  close(): void {
    this.child.stdin?.end();
  }
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function startSides(threads: number) {
  const flags = process.version.startsWith('v20.') ? ['--experimental-wasm-relaxed-simd'] : [];
  const program = [...flags, '--import', 'tsx', here('pytorchSteps.ts'), `${threads}`];
  const env = {...process.env, OMP_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}`};
  return {
    ours: new Side(spawn(process.execPath, program, {stdio: ['pipe', 'pipe', 'inherit']})),
    torch: new Side(
      spawn(PYTHON, [here('../reference/steps_torch.py'), `${threads}`], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env,
      }),
    ),
  };
}

const fastest = (times: readonly Times[]): Times => ({
  cpu: Math.min(...times.map(({cpu}) => cpu)),
  wall: Math.min(...times.map(({wall}) => wall)),
});

/** Minima of our step and of PyTorch's in both layouts, asked for in turn. */
async function measure(
  {ours, torch}: ReturnType<typeof startSides>,
  asked: Omit<Asked, 'warmups'>,
): Promise<{ours: Times; torch: Times}> {
  const layouts = ['contiguous', 'channels_last'];
  const sides = [
    (warmups: number) => ours.ask({...asked, warmups}),
    ...layouts.map((layout) => (warmups: number) => torch.ask({...asked, warmups, layout})),
  ];
  const seen: Times[][] = sides.map(() => []);
  // Rounds of several steps, the first after one that warms the caches again.
  const end = performance.now() + 1000 * SECONDS;
  for (let round = 0; round < 2 || performance.now() < end; round++) {
    for (const [i, side] of sides.entries()) {
      for (let k = 0; k < 5; k++) seen[i]?.push(await side(k === 0 ? (round === 0 ? 4 : 1) : 0));
    }
  }
  const [mine = [], ...theirs] = seen;
  return {ours: fastest(mine), torch: fastest(theirs.flat())};
}

async function compare(threads: number): Promise<void> {
  const sides = startSides(threads);
  const said = [await sides.ours.next(), await sides.torch.next()];
  console.log(
    `\n${threads} thread${threads > 1 ? 's' : ''}: ${said.map((s) => JSON.stringify(s)).join(', ')}`,
  );
  row(['step', ...['ours', 'torch'].flatMap((side) => [`${side}, cpu`, 'wall'])]);
  for (const {network, batch, ...goals} of CASES) {
    for (const step of ['attack', 'training'] as const) {
      const times = await measure(sides, {network, batch, step});
      const cells = [times.ours, times.torch].flatMap(({cpu, wall}) => [cpu, wall]);
      const name = `${network}, ${batch}, ${step}`;
      row([`${name}, ms`, ...cells.map((ms) => ms.toFixed(1))]);
      const speed = (time: 'cpu' | 'wall') => times.torch[time] / times.ours[time];
      if (threads === 1)
        judge('  speed in that of PyTorch, by CPU time', speed('cpu'), goals[step]);
      else row(['  speed in that of PyTorch, by CPU time', speed('cpu').toFixed(3)]);
      row(['  the same by wall-clock time', speed('wall').toFixed(3)]);
    }
  }
  sides.ours.close();
  sides.torch.close();
}

if (PYTHON === '') {
  console.log('PYTORCH_PYTHON names no Python with torch: nothing is measured.');
} else {
  console.log(`${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}`);
  for (const threads of THREADS) {
    if (threads <= availableParallelism()) await compare(threads);
  }
}
