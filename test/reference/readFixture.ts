import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import type {Norm} from '../../src/core/threatModel';
import {smallConvNet} from '../../src/models/smallConvNet';
import {readDataset} from '../../src/node/readDataset';

/** test/golden/autoattack-net.json, as trainReferenceNet.ts writes it. */
export interface NetFixture {
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly architecture: {
    readonly inputShape: readonly [number, number, number];
    readonly numClasses: number;
    readonly channels: readonly number[];
  };
  readonly epsilon: Readonly<Record<Norm, number>>;
  /** The first `count` test images of examples/data/fashion-mnist. */
  readonly images: {
    readonly count: number;
    readonly pixelsSha256: string;
    readonly labels: readonly number[];
  };
  /** In the layout of tfjs, in the order of `model.getWeights()`. */
  readonly weights: readonly {readonly shape: readonly number[]; readonly float32: string}[];
  /** `[count, numClasses]`. */
  readonly logits: string;
}

const path = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

/** Float32 numbers to base64, little-endian as all of JavaScript's machines are. */
export function encodeFloats(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** The inverse of {@link encodeFloats}. */
export function decodeFloats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** The network's description, weights and logits. */
export const readNetFixture = (): NetFixture =>
  JSON.parse(readFileSync(path('autoattack-net.json'), 'utf8')) as NetFixture;

/** The network itself; the caller disposes it. */
export function restoreNet(fixture: NetFixture = readNetFixture()): LayersModel {
  const model = smallConvNet(fixture.architecture);
  const weights = fixture.weights.map(({shape, float32}) =>
    tf.tensor(decodeFloats(float32), [...shape]),
  );
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** The images at `indices` (below `fixture.images.count`); the caller disposes both tensors. */
export async function readImages(indices: ArrayLike<number>) {
  const {test} = await readDataset(
    fileURLToPath(new URL('../../examples/data/fashion-mnist', import.meta.url)),
  );
  if (test === undefined) throw new Error('the test images are missing');
  return test.batch(indices);
}

/** The components of the standard version, in their order. */
export type Component = 'apgd-ce' | 'apgd-t' | 'fab-t' | 'square';

/** What the official implementation found under one norm; lists have one entry per image. */
export interface OfficialNorm {
  readonly epsilon: number;
  /** Per component and seed: which correct images it breaks, run alone. FAB-T has no randomness. */
  readonly brokenAlone: Readonly<Record<Component, readonly (readonly boolean[])[]>>;
  /** What the standard version (seed 0) leaves robust after each component. */
  readonly robustAfter: Readonly<Record<Component, readonly boolean[]>>;
  /** Forward and backward passes, summed over the images; `standard` and `square` of seed 0. */
  readonly passes: Readonly<
    Record<Component | 'standard', {readonly forwards: number; readonly backwards: number}>
  >;
  /** FAB-T's smallest perturbation over all nine targets; null: none found, or not correct. */
  readonly fabDistance: readonly (number | null)[];
  /** By image (the correct ones among the first 64): the same for each target, ranks 2 to 10. */
  readonly fabDistanceByTarget: Readonly<Record<string, readonly (number | null)[]>>;
  /** APGD from the image itself, without a random start: deterministic, and comparable exactly. */
  readonly apgdFromClean: {
    readonly ceBroken: readonly boolean[];
    readonly dlrBroken: readonly boolean[];
    /** Of APGD-T: rank, 2 to 10, of the target that broke the image; 0: none did. */
    readonly targetRank: readonly number[];
    /** By image (the first 64 correct ones): best loss after APGD with 10 steps. */
    readonly steps10: Readonly<Record<string, {readonly ce: number; readonly dlr: number}>>;
  };
}

/** test/golden/autoattack-torch.json, as autoattack_torch.py writes it, flags as booleans. */
export interface OfficialFixture extends Readonly<Record<Norm, OfficialNorm>> {
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly images: number;
  readonly correct: readonly boolean[];
  /** Whether it was computed on autoattack-net.json as it is now. */
  readonly netSha256Matches: boolean;
}

type Stored = Record<string, string>;
type StoredNorm = Omit<OfficialNorm, 'brokenAlone' | 'robustAfter' | 'apgdFromClean'> & {
  brokenAlone: Record<Component, Stored>;
  robustAfter: Record<Component, string>;
  apgdFromClean: Pick<OfficialNorm['apgdFromClean'], 'targetRank' | 'steps10'> &
    Record<'ceBroken' | 'dlrBroken', string>;
};

const bits = (text: string) => Array.from(text, (digit) => digit === '1');

const mapValues = <K extends string, A, B>(object: Record<K, A>, change: (value: A) => B) =>
  Object.fromEntries(
    Object.entries<A>(object).map(([key, value]) => [key, change(value)]),
  ) as Record<K, B>;

const officialNorm = (stored: StoredNorm): OfficialNorm => ({
  ...stored,
  brokenAlone: mapValues(stored.brokenAlone, (seeds) => Object.values(seeds).map(bits)),
  robustAfter: mapValues(stored.robustAfter, bits),
  apgdFromClean: {
    ...stored.apgdFromClean,
    ceBroken: bits(stored.apgdFromClean.ceBroken),
    dlrBroken: bits(stored.apgdFromClean.dlrBroken),
  },
});

/** What the official implementation found on {@link restoreNet} and {@link readImages}. */
export function readOfficialFixture(): OfficialFixture {
  const stored = JSON.parse(readFileSync(path('autoattack-torch.json'), 'utf8')) as {
    provenance: Record<string, string | number>;
    images: number;
    correct: string;
    linf: StoredNorm;
    l2: StoredNorm;
  };
  const net = createHash('sha256')
    .update(readFileSync(path('autoattack-net.json')))
    .digest('hex');
  const {provenance, images, correct, linf, l2} = stored;
  return {
    ...{provenance, images},
    correct: bits(correct),
    netSha256Matches: provenance['netSha256'] === net,
    linf: officialNorm(linf),
    l2: officialNorm(l2),
  };
}
