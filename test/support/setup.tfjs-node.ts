import '@tensorflow/tfjs-layers'; // registers the gradients

import * as tf from '@tensorflow/tfjs-core';

// Not a dependency: npm cannot install its binary everywhere.
const name = '@tensorflow/tfjs-node';
await import(name);
await tf.setBackend('tensorflow');
