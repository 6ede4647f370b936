import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {describe, expect, it} from 'vitest';

import {parseTar} from '../../../src/data/archives/tar';

const longName = `deep/${'folder-of-a-long-name/'.repeat(7)}file.bin`;
const files: Record<string, string> = {
  'a.txt': 'hello',
  'empty.bin': '',
  'block.bin': 'x'.repeat(512),
  [longName]: 'far down',
  'ünïcode.bin': 'umlauts',
};

/** An archive of `files`, a folder and a link, made by the system's tar. */
function archive(format: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'lt-robust-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), {recursive: true});
      writeFileSync(join(folder, name), content);
    }
    symlinkSync('a.txt', join(folder, 'link'));
    const args = ['--format', format, '-cf', '-', '-C', folder, '.'];
    return execFileSync('tar', args, {maxBuffer: 2 ** 24});
  } finally {
    rmSync(folder, {recursive: true});
  }
}

describe('parseTar', () => {
  it.each(['ustar', 'gnu', 'pax'])("reads what the system's tar writes: %s", (format) => {
    const bytes = archive(format);
    const entries = parseTar(bytes, 'a.tar');
    const read = entries.map(({name, data}) => [
      name.replace('./', ''),
      Buffer.from(data).toString(),
    ]);
    expect(Object.fromEntries(read)).toEqual(files);
    for (const {offset, data} of entries) {
      expect(bytes.subarray(offset, offset + data.length)).toEqual(data);
    }
  });

  it('says where an archive is cut short or changed', () => {
    const bytes = Uint8Array.from(archive('ustar'));
    const start = bytes.findIndex((byte) => byte !== 0);
    expect(start).toBe(0);
    expect(() => parseTar(bytes.subarray(0, 100), 'a.tar')).toThrow(
      'a.tar: expected the empty block that ends a tar archive at byte 100, found the end of the file.',
    );
    const changed = Uint8Array.from(bytes);
    changed[0] = 0x41;
    expect(() => parseTar(changed, 'a.tar')).toThrow(
      /^a.tar: expected a tar header with the checksum \d+ at byte 148, found \d+\.$/,
    );
    expect(() => parseTar(new Uint8Array(512).fill(1), 'a.tar')).toThrow(/found no number/);
    expect(() => parseTar(new Uint8Array(0), 'a.tar')).toThrow(/at byte 0/);
  });

  it('believes no size beyond the archive', () => {
    const bytes = Uint8Array.from(archive('ustar'));
    const header = bytes.subarray(0, 512);
    header.set(Buffer.from('77777777777\0'), 124);
    header.set(Buffer.from('        '), 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    expect(() => parseTar(bytes, 'a.tar')).toThrow(
      /expected the size of a file within the \d+ bytes that follow at byte 124, found 8589934591/,
    );
  });
});
