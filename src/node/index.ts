/**
 * Node only: datasets from files and folders, checkpoints and models in files, evaluations in several
 * processes, wasm with threads, the GPU.
 *
 * @packageDocumentation
 */

export {evaluateInPool, type EvaluateInPoolOptions} from './evaluateInPool';
export {fileCheckpoints} from './fileCheckpoints';
export {fileModel} from './fileModel';
export {
  pooledEvaluation,
  type PooledEvaluation,
  type PoolHandler,
  type PoolPart,
} from './pooledEvaluation';
export {isPooledPartError, PooledPartError} from './pooledPartError';
export {readDataset, type DatasetParts, type ReadDatasetOptions} from './readDataset';
export {readImageFolder, type ReadImageFolderOptions} from './readImageFolder';
export {
  readTinyImageNet,
  type ReadTinyImageNetOptions,
  type TinyImageNetParts,
} from './readTinyImageNet';
export {startWasmThreads} from './startWasmThreads';
export {startWebGpu, type StartedWebGpu, type WebGpuOptions} from './startWebGpu';

// Errors that its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
