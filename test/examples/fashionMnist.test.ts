import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';

import {describe, expect, it} from 'vitest';

import {parseIdx} from '../../src/data/idx';
import {readDataset} from '../../src/node/readDataset';
import {classCounts} from '../../src/samplers/classCounts';

const folder = fileURLToPath(new URL('../../examples/data/fashion-mnist/', import.meta.url));
const read = (name: string) => readFileSync(`${folder}${name}`);

describe('examples/data/fashion-mnist', () => {
  it('is as its README says, and at most 5 MB', () => {
    const sums = [
      ...read('README.md')
        .toString()
        .matchAll(/^ {4}([0-9a-f]{64}) {2}(\S+)$/gm),
    ];
    expect(sums).toHaveLength(4);
    for (const [, sum, name] of sums) {
      expect(
        createHash('sha256')
          .update(read(String(name)))
          .digest('hex'),
        name,
      ).toBe(sum);
    }
    const size = readdirSync(folder).reduce((sum, name) => sum + statSync(folder + name).size, 0);
    expect(size).toBeLessThanOrEqual(5e6);
    expect(read('LICENSE').toString()).toMatch(/MIT License[^]*Zalando SE/);
  });

  it('is balanced, from its beginning on', async () => {
    const {train, test} = await readDataset(folder);
    for (const [part, perClass] of [
      [train, 800],
      [test, 200],
    ] as const) {
      expect(part?.numClasses).toBe(10);
      expect(classCounts(part?.labels ?? [], 10)).toEqual(Array(10).fill(perClass));
      expect([...(part?.labels.slice(0, 12) ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    }
  });

  it('has no image twice', () => {
    const seen = new Set<string>();
    for (const part of ['train', 'test']) {
      const {shape, data} = parseIdx(gunzipSync(read(`${part}-images-idx3-ubyte.gz`)));
      expect(shape).toEqual([part === 'train' ? 8000 : 2000, 28, 28]);
      for (let start = 0; start < data.length; start += 784) {
        seen.add(Buffer.from(data.subarray(start, start + 784)).toString('latin1'));
      }
    }
    expect(seen.size).toBe(10000);
  });
});
