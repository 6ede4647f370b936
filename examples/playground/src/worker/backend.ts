import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import {registerGradientKernels} from 'lt-robust/kernels';

import type {BackendName} from '../protocol';

/** A backend that runs. */
export interface Chosen {
  readonly backend: BackendName;
  readonly detail: string;
}

const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

/** The name of the graphics processor behind WebGPU; undefined where there is none but software. */
async function webgpuDevice(): Promise<string | undefined> {
  if (!('gpu' in navigator)) return undefined;
  const gpu = navigator.gpu as {requestAdapter(): Promise<Adapter | null>};
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) return undefined;
  const {vendor = '', architecture = '', description = ''} = adapter.info ?? {};
  const name = [vendor, architecture, description].filter(Boolean).join(' ');
  const isSoftware = adapter.info?.isFallbackAdapter === true || SOFTWARE.test(name);
  return isSoftware ? undefined : name || 'graphics processor';
}

interface Adapter {
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** The name of the graphics processor behind WebGL 2; undefined where there is none but software. */
function webglDevice(): string | undefined {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (context === null) return undefined;
  const extension = context.getExtension('WEBGL_debug_renderer_info');
  const name = String(context.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  return SOFTWARE.test(name) ? undefined : name;
}

async function start(backend: BackendName): Promise<boolean> {
  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (backend === 'webgl') await import('@tensorflow/tfjs-backend-webgl');
  if (backend === 'wasm') {
    const {setWasmPaths} = await import('@tensorflow/tfjs-backend-wasm');
    // Its threads do not survive a minifier, and gain nothing on small networks: docs/browser.md.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': simd, // it has to be named; without threads nobody reads it
    });
  }
  return tf.setBackend(backend).catch(() => false);
}

async function wasmDetail(): Promise<string> {
  const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return `on the processor, ${hasSimd === true ? 'with' : 'without'} SIMD`;
}

/**
 * Starts the backend that was asked for, or else the first of WebGPU, WebGL and WebAssembly that has
 * real hardware: a graphics processor that is emulated is slower than WebAssembly.
 */
export async function chooseBackend(wanted: BackendName | 'auto'): Promise<Chosen> {
  const devices = {
    webgpu: async () => (wanted === 'webgpu' ? 'as asked for' : await webgpuDevice()),
    webgl: () => Promise.resolve(wanted === 'webgl' ? 'as asked for' : webglDevice()),
    wasm: wasmDetail,
  };
  const order: BackendName[] = wanted === 'auto' ? ['webgpu', 'webgl'] : [wanted];
  for (const backend of order.filter((name) => name !== 'wasm')) {
    const device = await devices[backend]();
    if (device === undefined || !(await start(backend))) continue;
    await registerGradientKernels();
    return {backend, detail: device};
  }
  if (!(await start('wasm'))) throw new Error('Neither WebGPU, WebGL nor WebAssembly works here.');
  await registerGradientKernels();
  const reason =
    wanted === 'auto'
      ? 'no graphics processor found'
      : wanted === 'wasm'
        ? ''
        : `no ${wanted} here`;
  return {backend: 'wasm', detail: [await wasmDetail(), reason].filter(Boolean).join('; ')};
}
