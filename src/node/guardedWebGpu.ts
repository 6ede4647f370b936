import type * as webGpuBackend from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../core/errors';
import type {WebGpuDevice} from './webGpuDevice';

/**
 * The WebGPU backend of TensorFlow.js on this device. Where stock hands out zeros because the device
 * has refused a command (a buffer that does not fit in its memory, say), reading rejects.
 *
 * @param loaded - The package `@tensorflow/tfjs-backend-webgpu`.
 * @param found - What to compute on.
 */
export function guardedWebGpu(
  loaded: typeof webGpuBackend,
  {adapter, device, asNavigator}: WebGpuDevice,
): tf.KernelBackend {
  let problem: string | undefined;
  device.addEventListener('uncapturederror', ({error}) => {
    problem ??= firstLine(error.message);
  });
  void device.lost.then(({reason, message}) => {
    if (reason !== 'destroyed') problem ??= firstLine(message);
  });

  class GuardedBackend extends loaded.WebGPUBackend {
    override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
      const values = await super.read(dataId);
      if (problem === undefined) return values;
      throw new Error(
        `The WebGPU device refused a command, and what was computed since is wrong: ${problem} ` +
          'Stop the backend, and start it again with smaller batches.',
      );
    }

    // Stock TensorFlow.js reads at once through a canvas, which Node does not have.
    override readSync(dataId: object): tf.backend_util.BackendValues {
      const held: {values?: object | null; dtype: tf.DataType} = this.tensorMap.get(dataId);
      if (!held.values && held.dtype !== 'complex64') {
        throw new InvalidArgumentError({
          where: 'dataSync',
          argument: 'tensor',
          expected: 'be read by a promise on WebGPU in Node',
          found: 'a read at once',
          remedy: 'Write await tensor.data().',
        });
      }
      return super.readSync(dataId);
    }
  }
  return asNavigator(() => new GuardedBackend(device, adapter.info));
}

const firstLine = (message: string): string => message.trim().split('\n')[0] ?? '';
