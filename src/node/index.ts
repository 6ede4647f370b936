/**
 * Node only: datasets from a folder, checkpoints in files, wasm with threads.
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

// What its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
