import {mkdirSync, writeFileSync} from 'node:fs';

import * as node from '../../../src/node/index';
import golden from '../../golden/image-files.json';
import {call, unrunCall, type Call} from '../call';
import {onProgress, signal} from '../fixtures';
import {anything, callback, choice, only, optional, real, text, whole} from '../kinds';

const ROOT = 'node_modules/.cache/lt-robust-fuzz-node';
for (const name of ['cat', 'dog']) {
  mkdirSync(`${ROOT}/images/${name}`, {recursive: true});
  writeFileSync(`${ROOT}/images/${name}/a.png`, Buffer.from(golden.images.png.file, 'base64'));
}
const cifar10 = Uint8Array.from({length: 2 * 3073}, (_, i) => (i % 3073 === 0 ? 3 : i % 251));
mkdirSync(`${ROOT}/cifar10`, {recursive: true});
for (const name of ['train.bin', 'test.bin']) writeFileSync(`${ROOT}/cifar10/${name}`, cifar10); // prettier-ignore

// Any name is that of a file, or of a folder that is made.
const path = (valid: string) => only(() => valid, (v) => typeof v === 'string' && v !== ''); // prettier-ignore
const cacheBytes = real(1e6, {min: 0});
const decode = callback(() =>
  Promise.resolve({width: 1, height: 1, channels: 3, data: new Uint8Array(3)}),
);

/** Node. */
export const NODE: readonly Call[] = [
  unrunCall('evaluateInPool', node.evaluateInPool, {module: path(`${ROOT}/images/cat/a.png`)}, {
    workers: whole(1, 1, Infinity, Infinity),
    shards: whole(1, 1, Infinity, Infinity),
    task: anything({}),
    exportName: text('default'),
    execArgv: only(() => [], (v) => Array.isArray(v) && Array.from(v).every((each) => typeof each === 'string')),
    signal: optional(signal),
    onProgress: optional(onProgress),
  }), // prettier-ignore
  unrunCall('fileCheckpoints', node.fileCheckpoints, {folder: path(`${ROOT}/checkpoints`)}),
  call('fileModel', node.fileModel, {location: path(`${ROOT}/model`)}),
  call('readDataset', node.readDataset, {location: text(`${ROOT}/cifar10`)}, {
    // CIFAR has its own.
      numClasses: optional(whole(10, 1, 2 ** 24, Infinity)),
    scale: real(255, {above: 0}),
    labelSet: choice('fine', 'coarse'),
    storage: choice('memory', 'files'),
  }), // prettier-ignore
  call('readImageFolder', node.readImageFolder, {folder: text(`${ROOT}/images`)}, {
    channels: only(() => 3, (v) => v === 1 || v === 3),
    cacheBytes,
    decode,
  }), // prettier-ignore
  call('pooledEvaluation', node.pooledEvaluation, {open: callback(() => ({}))}),
  unrunCall('readTinyImageNet', node.readTinyImageNet, {folder: text(ROOT)}, {cacheBytes, decode}),
  unrunCall('startWasmThreads', node.startWasmThreads, {threads: whole(1, 1, 64, Infinity)}),
  unrunCall('startWebGpu', node.startWebGpu, {}, {
    dawnOptions: only(() => [], (v) => Array.isArray(v) && Array.from(v).every((each) => typeof each === 'string')),
  }), // prettier-ignore
];
