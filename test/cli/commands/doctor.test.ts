import os from 'node:os';

import {describe, expect, it} from 'vitest';

import {cli} from '../../support/cliProject';

interface Health {
  readonly machine: {readonly processor: string; readonly cores: number};
  readonly versions: Record<string, string>;
  readonly backends: readonly {
    backend: string;
    starts: boolean;
    problem?: string;
    kernels?: string;
    stepMs?: number;
    imagesPerSecond?: number;
  }[];
}

describe('lt-robust doctor', () => {
  it('tries the backends and times a step', async () => {
    const {code, out} = await cli('doctor', '--json');
    expect(code).toBe(0);
    const {versions, backends} = JSON.parse(out) as Health;
    expect(versions['@tensorflow/tfjs-core']).toBe('4.22.0');
    expect(backends.map(({backend}) => backend)).toEqual(['wasm', 'cpu', 'webgpu', 'tfjs-node']);
    for (const {starts, stepMs} of backends.slice(0, 2)) {
      expect(starts).toBe(true);
      expect(stepMs).toBeGreaterThan(0);
    }
    expect(backends[0]?.kernels).toMatch(/^(plain|relaxed) SIMD$/);
    expect(backends[1]?.kernels).toBe('composed');
    expect(backends[3]).toEqual({
      ...{backend: 'tfjs-node', starts: false},
      problem: 'not installed: npm install @tensorflow/tfjs-node',
    });
  });

  it('has two tables for a reader', async () => {
    const {code, out} = await cli('doctor');
    expect(code).toBe(0);
    expect(out).toMatch(/^what\s+which\n[^]*^@tensorflow\/tfjs-core\s+4\.22\.0$/m);
    expect(out).toMatch(/^backend\s+state\s+kernels\s+PGD step\s+images\/s under PGD-10$/m);
    expect(out).toMatch(/^wasm\s+works\s+(plain|relaxed) SIMD\s+\d+\.\d ms\s+\d+$/m);
    expect(out).toMatch(/^tfjs-node\s+not installed: npm install \S+\s+-\s+-\s+-$/m);
    expect(out).toContain('\nSpeed: a small convolutional network');
    // Numbers end in one column.
    const rows = out.split('\n').filter((line) => /^(backend|wasm|cpu) /.test(line));
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });
  it('knows the machine, and that ten steps attack an image', async () => {
    const {out, err} = await cli('doctor', '--json');
    const found = JSON.parse(out) as Health;
    expect(found.machine).toEqual({
      ...{processor: os.cpus()[0]?.model, cores: os.availableParallelism()},
    });
    for (const {stepMs, imagesPerSecond} of found.backends.slice(0, 2)) {
      // 16 images, 10 steps.
      expect(imagesPerSecond).toBeCloseTo(1600 / (stepMs ?? NaN), 6);
    }
    for (const {starts, problem} of found.backends) expect(starts).toBe(problem === undefined);
    // No advice: wasm is there.
    expect(err).toBe('');
    expect((await cli('doctor')).out).toMatch(
      new RegExp(`^cores\\s+${os.availableParallelism()}$`, 'm'),
    );
  });
});
