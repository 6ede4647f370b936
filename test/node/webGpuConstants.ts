// Asks for a device, lets go of it, and says which constants of WebGPU the process has meanwhile.
import {webGpuDevice} from '../../src/node/webGpuDevice';

const names = () => Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('GPU'));
const kept = {};
Object.defineProperty(globalThis, 'GPUMapMode', {value: kept, configurable: true});
const before = names();
const found = await webGpuDevice([]).catch(String);
const during = names();
if (typeof found !== 'string') found.release();
console.log(
  JSON.stringify({
    ...{before, hasMore: during.length > before.length, after: names()},
    isKept: (globalThis as {GPUMapMode?: unknown}).GPUMapMode === kept,
    found: typeof found === 'string' ? found : 'a device',
    // A device that was let go of is lost, on purpose.
    lost: typeof found === 'string' ? 'none' : (await found.device.lost).reason,
  }),
);
