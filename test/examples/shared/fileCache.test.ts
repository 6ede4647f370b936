import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';

import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {fileCache} from '../../../examples/shared/fileCache';
import {DEFAULT_SETTINGS, settingsOf} from '../../../examples/demo/settings';

describe('fileCache', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-cache-'));
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));
  const identity = {what: 'kl+matching', seed: 3, settings: {epsilon: 0.1, tau: 1}};

  it('gives back what was saved under this identity, whatever the order of its keys', async () => {
    await fileCache<object>(folder, identity).save({loss: NaN, weights: new Float32Array([0.1])});
    const same = {settings: {tau: 1, epsilon: 0.1}, seed: 3, what: 'kl+matching'};
    expect(await fileCache(folder, same).load()).toEqual({
      ...{loss: NaN, weights: new Float32Array([0.1])},
    });
  });

  it('knows nothing of another method, seed or setting', async () => {
    await fileCache(folder, identity).save(1);
    for (const other of [
      {...identity, what: 'kl'},
      {...identity, seed: 4},
      {...identity, settings: {epsilon: 0.2, tau: 1}},
    ]) {
      expect(await fileCache(folder, other).load()).toBeUndefined();
    }
    expect(await fileCache(folder, identity).load()).toBe(1);
  });

  it('does not take a file for its own whose identity is another', async () => {
    const cache = fileCache(folder, identity);
    await cache.save(1);
    const [name = ''] = await readdir(folder);
    const {serialize} = await import('node:v8');
    await writeFile(join(folder, name), serialize({identity: {...identity, seed: 9}, value: 2}));
    expect(await cache.load()).toBeUndefined();
  });
});

describe('settingsOf', () => {
  it('leaves out what the method does not read, so that runs are shared', () => {
    const bsl = settingsOf('at-bsl', DEFAULT_SETTINGS);
    expect(settingsOf('at-bsl', {...DEFAULT_SETTINGS, klWeight: 9, alpha: 2, gamma: 3})).toEqual(
      bsl,
    );
    expect(settingsOf('at-bsl', {...DEFAULT_SETTINGS, tau: 2})).not.toEqual(bsl);
    const kl = settingsOf('kl', DEFAULT_SETTINGS);
    expect(settingsOf('kl', {...DEFAULT_SETTINGS, klWeight: 9})).not.toEqual(kl);
    expect(settingsOf('kl', {...DEFAULT_SETTINGS, alpha: 9})).toEqual(kl);
    expect(settingsOf('teacher', {...DEFAULT_SETTINGS, teacherShare: 0.1})).toEqual(
      settingsOf('teacher', DEFAULT_SETTINGS),
    );
  });
});
