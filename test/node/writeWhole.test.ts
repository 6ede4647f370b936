import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {afterAll, describe, expect, it} from 'vitest';

import {writeWhole} from '../../src/node/writeWhole';
import {temporaryFolder} from '../support/temporaryFolder';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('writeWhole', () => {
  const folder = temporaryFolder();
  afterAll(() => {
    folder.remove();
  });

  it('replaces the former content, and leaves nothing beside it', async () => {
    const file = join(folder.path, 'state');
    writeFileSync(file, 'the former, which was longer');
    await writeWhole(file, bytes('new'));
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder.path)).toEqual(['state']);
  });

  it('passes on what fails, and removes what it had written', async () => {
    // A folder cannot be replaced by a file.
    const target = join(folder.path, 'taken');
    mkdirSync(join(target, 'inside'), {recursive: true});
    await expect(writeWhole(target, bytes('x'), 'me.')).rejects.toMatchObject({syscall: 'rename'});
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const nowhere = join(folder.path, 'none', 'state');
    await expect(writeWhole(nowhere, bytes('x'))).rejects.toMatchObject({
      ...{code: 'ENOENT', syscall: 'open'},
    });
  });
});
