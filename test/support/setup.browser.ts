import '@tensorflow/tfjs-layers'; // registers the gradients
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import {setThreadsCount, setWasmPaths} from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
// The pages are cross-origin isolated: wasm has threads, up to half of the processors it sees.
Object.defineProperty(navigator, 'hardwareConcurrency', {value: 4, configurable: true});
setThreadsCount(2);
