// Runs the audit on the threaded build of wasm, in a process of its own: the backend must start
// anew, and its workers must not outlive it. Prints the records as JSON, last line of the output.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';

import * as tf from '@tensorflow/tfjs-core';
import {getThreadsCount} from '@tensorflow/tfjs-backend-wasm';

import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {productsOn} from '../../../src/kernels/wasm/instance';
import {startWasmThreads} from '../../../src/node/startWasmThreads';
import {auditAll, referencesOf} from './audit';
import {OPS} from './ops';

const references = await referencesOf(OPS);
await startWasmThreads(2);
const undo = await registerGradientKernels();
const shared = productsOn(tf.backend())?.heap.shared ?? false;
const {records} = await auditAll(OPS, references);
undo();
console.log(JSON.stringify({threads: getThreadsCount(), shared, records}));
