import {existsSync, writeFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';

import {post} from '../../examples/shared/engine';

/** What {@link run} is given. */
export interface PoolTask {
  readonly name: string;
  /** A file that it makes when it starts. */
  readonly makes?: string;
  /** A file that another job makes, without which it does not end for half a minute. */
  readonly awaits?: string;
  readonly fails?: boolean;
}

const step = (phase: string): void => {
  post({kind: 'step', phase, done: 1, total: 1, epoch: 1, loss: 0});
};

/** A job of a pool that makes something in common with others first, and then works on. */
export async function run({name, makes, awaits, fails = false}: PoolTask): Promise<string> {
  if (makes !== undefined) writeFileSync(makes, '');
  step('teacher');
  await wait(200);
  if (fails) throw new Error(`${name} failed`);
  step('main');
  for (let i = 0; i < 300 && awaits !== undefined && !existsSync(awaits); i++) await wait(100);
  return name;
}
