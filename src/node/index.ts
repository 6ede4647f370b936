/**
 * Node only: datasets from files and folders, checkpoints and models in files, wasm with threads, the
 * GPU.
 *
 * @packageDocumentation
 */

export {fileCheckpoints} from './fileCheckpoints';
export {fileModel} from './fileModel';
export {readDataset, type DatasetParts, type ReadDatasetOptions} from './readDataset';
export {readImageFolder, type ReadImageFolderOptions} from './readImageFolder';
export {
  readTinyImageNet,
  type ReadTinyImageNetOptions,
  type TinyImageNetParts,
} from './readTinyImageNet';
export {startWasmThreads} from './startWasmThreads';
export {startWebGpu, type StartedWebGpu, type WebGpuOptions} from './startWebGpu';

// What its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
