import {mkdtemp, readdir, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import {describe, expect, it} from 'vitest';

import {
  assertRobust,
  isNotRobustError,
  NotRobustError,
  ROBUSTNESS_TIMEOUT,
} from '../../src/testing/assertRobust';
import {robustnessTestSettings} from '../../src/testing/robustnessTestOptions';
import {brightness, brightnessData, spread} from '../support/onePixel';
import {expectNoLeak} from '../support/tensors';

const dataset = brightnessData(spread(200));

describe('assertRobust', () => {
  it('returns the verdict of a model that passes', async () => {
    const {outcome} = await assertRobust(brightness, dataset, {epsilon: 0.1, atLeast: 0.7});
    expect(outcome).toBe('above');
  });

  it.each([0.8, 0.9])('throws at 80 %% robust examples where %s is asked', async (atLeast) => {
    const options = {epsilon: 0.1, atLeast, seed: 5};
    const error: unknown = await assertRobust(brightness, dataset, options).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(NotRobustError);
    expect(isNotRobustError(error)).toBe(true);
    expect((error as NotRobustError).message).toMatch(
      /160 of 200[^]*Example \d+, of class[^]*seed 5/,
    );
  });

  it('writes its counterexamples where a folder is given', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'lt-robust-'));
    try {
      const options = {epsilon: 0.1, atLeast: 0.9, folder};
      const error = (await assertRobust(brightness, dataset, options).catch(
        (e: unknown) => e,
      )) as NotRobustError;
      expect(error.files).toHaveLength(2);
      expect((await readdir(folder)).sort()).toEqual(
        error.files.map((file) => path.basename(file)).sort(),
      );
      expect(error.message).toContain(`Written: ${folder}`);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  it('writes nothing where nothing is broken, and leaves a minute for what comes last', async () => {
    const folder = path.join(os.tmpdir(), 'lt-robust-never-written');
    const options = {epsilon: 0.1, atLeast: 0.9, folder, counterexamples: 0};
    const error: unknown = await assertRobust(brightness, dataset, options).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({files: [], name: 'NotRobustError'});
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    const {timeLimitMs} = robustnessTestSettings('f', {});
    expect(ROBUSTNESS_TIMEOUT).toBe(timeLimitMs + 60_000);
  });

  it('names itself where an option is wrong', async () => {
    await expect(assertRobust(brightness, dataset, {})).rejects.toThrow(
      'assertRobust: "atLeast" must',
    );
    expect(isNotRobustError(new Error('x'))).toBe(false);
  });

  it('leaves no tensor behind where it fails', async () => {
    await expectNoLeak(() =>
      expect(assertRobust(brightness, dataset, {epsilon: 0.1, atLeast: 0.9})).rejects.toThrow(),
    );
  });
});
