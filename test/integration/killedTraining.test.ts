import {fork} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {afterAll, describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {temporaryFolder} from '../support/temporaryFolder';

const SCRIPT = fileURLToPath(new URL('killed/train.ts', import.meta.url));
const KILLS = 10;

/** How a process ended: the steps that it told of, and its last word if it came to that. */
interface Life {
  readonly steps: readonly string[];
  readonly weights: string | undefined;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the training until it ends, or is killed some milliseconds after it told of so many steps. */
function live(folder: string, kill?: {afterSteps: number; milliseconds: number}): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, [folder], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const steps: string[] = [];
    let weights: string | undefined;
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
    child.on('message', (message) => {
      if (typeof message !== 'string') return;
      if (message.startsWith('weights ')) weights = message;
      else steps.push(message);
      if (steps.length === kill?.afterSteps) {
        setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 || signal !== null) resolve({steps, weights, signal});
      else reject(new Error(`the training ended with ${code}: ${complaint}`));
    });
  });
}

describe('a training that is killed', () => {
  const folder = temporaryFolder();
  afterAll(() => {
    folder.remove();
  });

  it(`${KILLS} times at random moments ends with the weights of an unbroken one`, async () => {
    const whole = await live(join(folder.path, 'whole'));
    expect(whole.weights).toBeDefined();

    const seed = Date.now() % 2 ** 31;
    const random = createRng(seed);
    const broken = join(folder.path, 'broken');
    const lives: Life[] = [];
    for (let i = 0; i < KILLS; i++) {
      // An epoch is 12 steps of the teacher or 3 of the student, 156 in all: it may be killed before its
      // first save, in a save, or epochs later.
      const kill = {afterSteps: 1 + random.integer(24), milliseconds: random.integer(30)};
      lives.push(await live(broken, kill));
    }
    const last = await live(broken);

    const where = `seed ${seed}`;
    expect(
      lives.map(({signal}) => signal),
      where,
    ).toEqual(Array(KILLS).fill('SIGKILL'));
    expect(last.weights, where).toBe(whole.weights);
    // It went on from a checkpoint, and did not begin anew.
    expect(last.steps.length, where).toBeLessThan(whole.steps.length);
  }, 600_000);
});
