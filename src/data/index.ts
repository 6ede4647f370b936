/**
 * Data: arrays and files to a `Dataset`, and augmentation on the device.
 *
 * @packageDocumentation
 */

export {arrayDataset, type ArrayDatasetOptions} from './arrayDataset';
export {cifarDataset, type CifarDatasetOptions} from './cifar';
export {cropAndFlip, type Augmentation, type CropAndFlipOptions} from './cropAndFlip';
export {gunzip} from './gunzip';
export {idxDataset, parseIdx, type IdxArray, type IdxDatasetOptions} from './idx';

// What its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
