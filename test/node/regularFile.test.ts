import {execFileSync} from 'node:child_process';
import {open, truncate} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';

import {describe, expect, it} from 'vitest';

import {kindOf, messageOf, readRegularFile, withRegularFile} from '../../src/node/regularFile';
import {withFolder} from '../support/folders';

describe('readRegularFile', () => {
  it('reads a file whole, or the part asked for', async () => {
    await withFolder({a: Uint8Array.of(1, 2, 3, 4)}, async (folder) => {
      const path = join(folder, 'a');
      expect(await readRegularFile('f', path)).toEqual(Uint8Array.of(1, 2, 3, 4));
      expect(await readRegularFile('f', path, 4)).toHaveLength(4);
      const part = await withRegularFile('f', path, async ({size, read}) => read(1, size - 1));
      expect(part).toEqual(Uint8Array.of(2, 3));
    });
  });

  it('names the argument that the path comes from', async () => {
    await withFolder({}, async (folder) => {
      const path = join(folder, 'none');
      await expect(readRegularFile('f', path)).rejects.toThrow(
        `f: "location" must name files that can be read, found ${path} (ENOENT: `,
      );
      await expect(readRegularFile('f', path, 9, 'folder')).rejects.toThrow(
        `f: "folder" must hold files that can be read, found ${path} (ENOENT: `,
      );
      await expect(readRegularFile('f', folder, 9, 'folder')).rejects.toThrow(
        `f: "folder" must hold regular files, found ${folder}, a folder. Check the path.`,
      );
    });
  });

  it('refuses a file beyond its bound, unread', async () => {
    await withFolder({a: ''}, async (folder) => {
      const path = join(folder, 'a');
      await truncate(path, 2 ** 40); // sparse: takes no space
      await expect(readRegularFile('f', path, 1000)).rejects.toThrow(
        `${path}: expected the end of a file of at most 1000 bytes at byte 1000, found a file of 1099511627776.`,
      );
    });
  });

  it('refuses pipes, devices, sockets and folders without waiting', async () => {
    await withFolder({}, async (folder) => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
      await expect(readRegularFile('f', join(folder, 'pipe'))).rejects.toThrow(
        /^f: "location" must name regular files, found .*pipe, a pipe \(FIFO\)\. Check the path\.$/,
      );
      await expect(readRegularFile('f', '/dev/zero')).rejects.toThrow(/\/dev\/zero, a device/);
      await expect(readRegularFile('f', folder)).rejects.toThrow(/a folder\./);
      await expect(readRegularFile('f', join(folder, 'socket'))).rejects.toThrow(
        /files that can be/,
      );
      await expect(readRegularFile('f', join(folder, 'none'))).rejects.toThrow(/ENOENT/);
      await new Promise((resolve) => server.close(resolve));
    });
  });

  it('notices a file that shrinks while it is read', async () => {
    await withFolder({a: new Uint8Array(100)}, async (folder) => {
      const path = join(folder, 'a');
      const reading = withRegularFile('f', path, async ({size, read}) => {
        await truncate(path, 10);
        return read(0, size);
      });
      await expect(reading).rejects.toThrow(
        `${path}: expected bytes up to 100 at byte 10, found the end of the file.`,
      );
    });
  });

  it('closes what it opened', async () => {
    await withFolder({a: 'x'}, async (folder) => {
      const path = join(folder, 'a');
      const before = await open(path);
      for (let i = 0; i < 50; i++) {
        await readRegularFile('f', path);
        await expect(readRegularFile('f', path, 0)).rejects.toThrow();
      }
      const after = await open(path);
      // Numbers of open files are given out again.
      expect(after.fd - before.fd).toBeLessThan(10);
      await before.close();
      await after.close();
    });
  });
  it('names every kind of file that is not regular', () => {
    const entry = (kind: string) => ({
      isDirectory: () => kind === 'directory',
      isFIFO: () => kind === 'fifo',
      isSocket: () => kind === 'socket',
      isBlockDevice: () => kind === 'block',
      isCharacterDevice: () => kind === 'character',
    });
    const kinds = ['directory', 'fifo', 'socket', 'block', 'character', 'other'];
    expect(kinds.map((kind) => kindOf(entry(kind)))).toEqual([
      ...['a folder', 'a pipe (FIFO)', 'a socket', 'a device', 'a device', 'no file'],
    ]);
    expect([messageOf(new Error('why')), messageOf('why'), messageOf(undefined)]).toEqual([
      ...['why', 'why', 'undefined'],
    ]);
  });

  it('reads nothing past what is there, and nothing where nothing is asked for', async () => {
    await withFolder({a: Uint8Array.of(1, 2, 3)}, async (folder) => {
      const file = join(folder, 'a');
      const read = (start: number, end: number) =>
        withRegularFile('f', file, (opened) => opened.read(start, end));
      expect([...(await read(0, 3))]).toEqual([1, 2, 3]);
      expect([...(await read(3, 3))]).toEqual([]);
      await expect(read(2, 4)).rejects.toThrow(
        `${file}: expected bytes up to 4 at byte 3, found the end of the file.`,
      );
      await expect(readRegularFile('f', join(folder, 'none'))).rejects.toThrow(
        /^f: "location" must name files that can be read, found .*none \(ENOENT.*\)\. Check the path\.$/,
      );
    });
  });
});
