import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {temporaryFolder} from '../../support/temporaryFolder';

const SCRIPT = fileURLToPath(new URL('../../support/poolRun.ts', import.meta.url));

interface Ran {
  readonly results: readonly string[];
  readonly told: readonly string[];
}

describe('runInPool', () => {
  const folder = temporaryFolder();
  let seen: {shared: Ran; over: Ran; failed: string};
  beforeAll(async () => {
    // From a process of its own: those of the pool take over how it was started.
    const command = ['--import', 'tsx', SCRIPT, folder.path];
    const {stdout} = await promisify(execFile)(process.execPath, command);
    seen = JSON.parse(stdout) as typeof seen;
  }, 120_000);
  afterAll(() => {
    folder.remove();
  });

  it('lets jobs wait while another makes what they share, and no longer', () => {
    const {results, told} = seen.shared;
    expect(results).toEqual(['a', 'b', 'c']);
    const made = told.filter((line) => !line.endsWith('done')).map((line) => line.slice(2));
    expect(made).toEqual(['teacher', 'main', 'teacher', 'main', 'teacher', 'main']);
    // The first does not end before the second has started.
    const second = told.indexOf('b teacher');
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(told.findIndex((line) => line.endsWith('done')));
  });

  it('hands over what is kept, also when the time is over, and leaves out the rest', () => {
    expect(seen.over).toEqual({results: ['a'], told: ['a done']});
  });

  it('ends with the words of the job that failed', () => {
    expect(seen.failed).toBe('broken failed');
  });
});
