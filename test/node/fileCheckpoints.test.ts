import {spawn} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {fc} from '@fast-check/vitest';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {CheckpointValue} from '../../src/core/checkpoint';
import {fileCheckpoints} from '../../src/node/fileCheckpoints';

let root = '';
let count = 0;
const newFolder = () => join(root, String(count++));
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lt-robust-'));
});
afterAll(() => rm(root, {recursive: true}));

const {value: anyValue} = fc.letrec<{value: CheckpointValue}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3},
    fc.constantFrom(null, true, false, 'text', -0, NaN, Infinity, 2 ** 53 + 1, 0.1),
    fc.string(),
    fc.double(),
    fc.float32Array({maxLength: 5}),
    fc.int32Array({maxLength: 5}),
    fc.array(tie('value'), {maxLength: 3}),
    fc.dictionary(fc.string(), tie('value'), {maxKeys: 3}),
  ),
}));

describe('fileCheckpoints', () => {
  it('keeps every value exactly, for another process too', async () => {
    const folder = newFolder();
    await fc.assert(
      fc.asyncProperty(anyValue, async (value) => {
        await fileCheckpoints(folder).save('key', value);
        expect(await fileCheckpoints(folder).load('key')).toEqual(value);
      }),
      {numRuns: 40},
    );
  });

  it('keeps typed arrays to the bit, and only the part that is viewed', async () => {
    const store = fileCheckpoints(newFolder());
    const bits = Int32Array.of(0, 0x7fc12345, -0x80000000, 1);
    const floats = new Float32Array(bits.buffer);
    await store.save('key', {weights: floats.subarray(1)});
    const {weights} = (await store.load('key')) as {weights: Float32Array};
    expect(weights).toBeInstanceOf(Float32Array);
    expect(new Int32Array(weights.slice().buffer)).toEqual(bits.subarray(1));
  });

  it('has nothing under a key that was not saved', async () => {
    const store = fileCheckpoints(newFolder());
    expect(await store.load('key')).toBeUndefined();
    await store.save('key', 1);
    expect(await store.load('other')).toBeUndefined();
  });

  it('keeps keys apart, whatever they are called', async () => {
    const folder = newFolder();
    const store = fileCheckpoints(folder);
    const keys = ['run', 'Run', '../run', '..', '.', '', 'a/b', 'a\\b', 'a%2fb', 'ä', '*', 'a b'];
    await Promise.all(keys.map((key, i) => store.save(key, i)));
    expect(await Promise.all(keys.map((key) => store.load(key)))).toEqual([...keys.keys()]);
    const files = await readdir(folder);
    expect(files).toHaveLength(keys.length);
    expect(files).toContain('run.checkpoint');
    expect(files).toContain('%52un.checkpoint');
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(keys.length);
  });

  it('saves the value of the moment, the last call last', async () => {
    const folder = newFolder();
    const store = fileCheckpoints(folder);
    const weights = new Float32Array(200_000).fill(1);
    const first = store.save('key', weights);
    weights.fill(2);
    const second = store.save('key', weights.subarray(0, 2));
    await Promise.all([first, second]);
    expect(await store.load('key')).toEqual(Float32Array.of(2, 2));
    const slow = store.save('key', weights);
    weights.fill(3);
    await slow;
    expect(((await store.load('key')) as Float32Array)[199_999]).toBe(2);
    expect(await readdir(folder)).toEqual(['key.checkpoint']);
  });

  it('a save that fails leaves the old value and no rubbish, and the next one works', async () => {
    const folder = newFolder();
    const store = fileCheckpoints(folder);
    await store.save('key', 'old');
    // Its name is too long for the file system.
    await expect(store.save('k'.repeat(300), 'new')).rejects.toThrow(/ENAMETOOLONG/);
    expect(await store.load('key')).toBe('old');
    expect(await readdir(folder)).toEqual(['key.checkpoint']);
    await store.save('key', 'new');
    expect(await store.load('key')).toBe('new');
    expect(() => store.save('key', (() => 0) as unknown as number)).toThrow(/could not be cloned/);
    expect(await store.load('key')).toBe('new');
  });

  it('passes on an error of reading that is not a missing file', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(fileCheckpoints(file).load('key')).rejects.toThrow(/ENOTDIR/);
    await expect(fileCheckpoints(file).save('key', 1)).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  it('recognises a file that was changed', async () => {
    const folder = newFolder();
    const store = fileCheckpoints(folder);
    await store.save('key', Float32Array.of(1, 2, 3));
    const path = join(folder, 'key.checkpoint');
    const intact = await readFile(path);
    for (let length = 0; length < intact.length; length++) {
      await writeFile(path, intact.subarray(0, length));
      await expect(store.load('key'), `${length} bytes`).rejects.toMatchObject({
        name: 'DataFormatError',
        source: path,
        offset: length < 23 ? 0 : 55,
      });
    }
    const last = intact.length - 1;
    intact[last] = 255 - (intact[last] as number);
    await writeFile(path, intact);
    await expect(store.load('key')).rejects.toThrow(
      /key\.checkpoint: expected the content that the checksum before it belongs to at byte 55/,
    );
    await writeFile(path, 'something else altogether, and longer than the magic line');
    await expect(store.load('key')).rejects.toThrow(
      /expected "lt-robust checkpoint 1\\n" at byte 0, found "something else altogeth"/,
    );
  });

  it('survives being killed at any moment', async () => {
    const folder = newFolder();
    const size = 500_000;
    const source = fileURLToPath(new URL('../../src/node/fileCheckpoints.ts', import.meta.url));
    const program = `
      import {fileCheckpoints} from ${JSON.stringify(source)};
      const store = fileCheckpoints(${JSON.stringify(folder)});
      for (let i = 1; ; i++) {
        await store.save('key', new Int32Array(${size}).fill(i));
        if (i === 1) console.log('saved');
      }`;
    for (const delay of [0, 7, 13]) {
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        '--input-type=module',
        '--eval',
        program,
      ]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const started = new Promise((resolve) => child.stdout.once('data', resolve));
      await Promise.race([started, ended]);
      await new Promise((resolve) => setTimeout(resolve, delay));
      expect(child.kill('SIGKILL')).toBe(true);
      await ended;
      const value = (await fileCheckpoints(folder).load('key')) as Int32Array;
      expect(value).toHaveLength(size);
      expect(value.every((entry) => entry === value[0])).toBe(true);
    }
  });

  it('removes what killed processes left, and nothing else', async () => {
    const folder = newFolder();
    await fileCheckpoints(folder).save('key', 1);
    const child = spawn(process.execPath, ['--eval', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const host = hostname().replace(/[^A-Za-z0-9-]/g, '_');
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    const files = {
      [`key.checkpoint.${child.pid}@${host}.${uuid}.tmp`]: 'gone',
      [`key.checkpoint.${process.pid}@${host}.${uuid}.tmp`]: 'kept',
      [`key.checkpoint.${child.pid}@elsewhere.${uuid}.tmp`]: 'kept',
      [`old.checkpoint.${child.pid}@elsewhere.${uuid}.tmp`]: 'gone',
      [`new.checkpoint.${uuid}.tmp`]: 'kept',
      [`old.checkpoint.${uuid}.tmp`]: 'gone',
      'old.notes.tmp': 'kept',
      'old.checkpoint': 'kept',
    };
    for (const name of Object.keys(files)) {
      await writeFile(join(folder, name), '');
      if (name.startsWith('old')) await utimes(join(folder, name), old, old);
    }
    await fileCheckpoints(folder).save('key', 2);
    const kept = Object.entries(files).filter(([, fate]) => fate === 'kept');
    expect(await readdir(folder)).toEqual(['key.checkpoint', ...kept.map(([name]) => name)].sort());
  });

  it('leaves nothing of a process that was killed while it saved', async () => {
    const folder = newFolder();
    const source = fileURLToPath(new URL('../../src/node/fileCheckpoints.ts', import.meta.url));
    const program = `
      import {fileCheckpoints} from ${JSON.stringify(source)};
      const store = fileCheckpoints(${JSON.stringify(folder)});
      await store.save('key', 1);
      void store.save('key', new Int32Array(2e7));
      setImmediate(function wait() {
        const {readdirSync} = process.getBuiltinModule('node:fs');
        if (readdirSync(${JSON.stringify(folder)}).some((name) => name.endsWith('.tmp'))) {
          process.kill(process.pid, 'SIGKILL');
        }
        setImmediate(wait);
      });`;
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      program,
    ]);
    await new Promise((resolve) => child.once('exit', resolve));
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toHaveLength(1);
    const store = fileCheckpoints(folder);
    expect(await store.load('key')).toBe(1);
    await store.save('key', 2);
    expect(await readdir(folder)).toEqual(['key.checkpoint']);
  });

  it('counts the temporary file of another machine as left after a day, once per store', async () => {
    const folder = newFolder();
    const store = fileCheckpoints(folder);
    await fileCheckpoints(folder).save('key', 1);
    const name = (hours: number) =>
      `${hours}.checkpoint.1@elsewhere.01234567-89ab-cdef-0123-456789abcdef.tmp`;
    const leave = async (hours: number) => {
      const time = new Date(Date.now() - hours * 60 * 60 * 1000);
      await writeFile(join(folder, name(hours)), '');
      await utimes(join(folder, name(hours)), time, time);
    };
    await leave(23);
    await leave(25);
    await store.save('key', 2);
    expect(await readdir(folder)).toEqual([name(23), 'key.checkpoint']);
    await leave(26);
    await store.save('key', 3);
    expect(await readdir(folder)).toEqual([name(23), name(26), 'key.checkpoint']);
  });

  it('needs a folder', () => {
    for (const folder of ['', 3, undefined]) {
      expect(() => fileCheckpoints(folder as string)).toThrow(
        /^fileCheckpoints: "folder" must be the path of a folder, found .* Pass one such as 'checkpoints'\.$/,
      );
    }
  });
});
