import type * as dawnModule from 'webgpu';

import {InvalidArgumentError} from '../core/errors';
import {messageOf} from './regularFile';

const WHERE = 'startWebGpu';

/** A device that is ready to compute, and the way to let go of it. */
export interface WebGpuDevice {
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
  /**
   * Runs `body` where `navigator.gpu` is what gave the device, as TensorFlow.js expects it when it
   * makes its backend.
   */
  readonly asNavigator: <T>(body: () => T) => T;
  /** Ends the device, and takes the constants of WebGPU out of the process if they came with it. */
  readonly release: () => void;
}

/**
 * Asks for the fastest device that WebGPU has here: that of the process if it has one (Deno), else that
 * of the package `webgpu`, which is loaded here.
 *
 * @param dawnOptions - For the package `webgpu`.
 * @throws {@link InvalidArgumentError} if the package, a driver or a device is missing.
 */
export async function webGpuDevice(dawnOptions: readonly string[]): Promise<WebGpuDevice> {
  const own = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  const {gpu, uninstall} = own ? {gpu: own, uninstall: () => undefined} : await dawn(dawnOptions);
  try {
    const adapter = await gpu.requestAdapter({powerPreference: 'high-performance'});
    if (!adapter) throw noDevice('none', dawnOptions);
    const device = await requestDevice(adapter);
    return {
      ...{adapter, device},
      asNavigator: (body) => withNavigator(gpu, body),
      release() {
        device.destroy();
        uninstall();
      },
    };
  } catch (error) {
    uninstall();
    // Dawn throws where no device is as its options say, and names those that there are.
    throw error instanceof InvalidArgumentError ? error : noDevice(messageOf(error), dawnOptions);
  }
}

const SOFTWARE = "Without a GPU the wasm backend is the fastest: await tf.setBackend('wasm').";
const DRIVERS: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'Dawn needs Vulkan: the loader (Debian and Ubuntu: apt-get install libvulkan1) and the driver of ' +
    'your GPU (mesa-vulkan-drivers, or that of NVIDIA); `vulkaninfo --summary` lists what is there.',
  darwin: 'Dawn needs Metal, which needs macOS on a machine with a GPU.',
  win32: 'Dawn needs Direct3D 12: install the driver of your GPU.',
};

const noDevice = (found: string, dawnOptions: readonly string[]): InvalidArgumentError =>
  new InvalidArgumentError({
    where: WHERE,
    argument: dawnOptions.length > 0 ? 'dawnOptions' : 'environment',
    expected: 'have a device for WebGPU',
    found,
    remedy: `${DRIVERS[process.platform] ?? 'Install a driver.'} ${SOFTWARE}`,
  });

/** The interface to the device that the package `webgpu` brings. */
async function dawn(dawnOptions: readonly string[]): Promise<{gpu: GPU; uninstall: () => void}> {
  const {create, globals} = await dawnPackage();
  const added = Object.entries(Object.getOwnPropertyDescriptors(globals)).filter(
    ([name]) => !(name in globalThis),
  );
  // TensorFlow.js takes constants such as GPUBufferUsage from the global scope.
  for (const [name, found] of added) {
    Object.defineProperty(globalThis, name, {...found, configurable: true});
  }
  const uninstall = (): void => {
    for (const [name] of added) Reflect.deleteProperty(globalThis, name);
  };
  try {
    return {gpu: create([...dawnOptions]), uninstall};
  } catch (error) {
    uninstall();
    throw noDevice(messageOf(error), dawnOptions);
  }
}

async function dawnPackage(): Promise<typeof dawnModule> {
  try {
    return await import('webgpu');
  } catch (cause) {
    throw missingPackage('webgpu', cause);
  }
}

/**
 * The error for a package that is not installed, or that does not load.
 *
 * @param name - Of the package.
 * @param cause - What its import threw.
 */
export function missingPackage(name: string, cause: unknown): InvalidArgumentError {
  const isMissing =
    cause instanceof Error &&
    'code' in cause &&
    (cause.code === 'ERR_MODULE_NOT_FOUND' || cause.code === 'MODULE_NOT_FOUND') &&
    cause.message.includes(`'${name}'`);
  return new InvalidArgumentError({
    where: WHERE,
    argument: 'environment',
    expected: `have the package ${name}`,
    found: isMissing ? 'none' : `one that does not load (${messageOf(cause).split('\n')[0] ?? ''})`,
    remedy: isMissing
      ? `npm install ${name}`
      : `It may have no build for ${process.platform} on ${process.arch}. ${SOFTWARE}`,
  });
}

/** What TensorFlow.js itself asks of a device. */
function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const {limits} = adapter;
  return adapter.requestDevice({
    // Times of kernels, as tf.time and tf.profile give them.
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: {
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  });
}

function withNavigator<T>(gpu: GPU, body: () => T): T {
  const navigator: object | undefined = globalThis.navigator;
  if (navigator && 'gpu' in navigator) return body();
  // Node has a navigator from version 21 on; elsewhere it is a sign of browsers, so it is put away again.
  const [owner, name, value] = navigator
    ? [navigator, 'gpu', gpu]
    : [globalThis, 'navigator', {gpu}];
  Object.defineProperty(owner, name, {value, configurable: true});
  try {
    return body();
  } finally {
    Reflect.deleteProperty(owner, name);
  }
}
