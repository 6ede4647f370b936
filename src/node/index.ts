/**
 * Node only: datasets from a folder, checkpoints in files.
 *
 * @packageDocumentation
 */

export {fileCheckpoints} from './fileCheckpoints';
export {readDataset, type DatasetParts, type ReadDatasetOptions} from './readDataset';

// What its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
