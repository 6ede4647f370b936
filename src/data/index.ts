/**
 * Data: arrays and files to a `Dataset`, and augmentation on the device.
 *
 * @packageDocumentation
 */

export {arrayDataset, type ArrayDatasetOptions} from './arrayDataset';
export {cifarDataset, type CifarDatasetOptions} from './cifar';
export {cifarArchive, type CifarArchiveOptions, type CifarParts} from './cifarArchive';
export {cifarNpz, type CifarNpzOptions} from './cifarNpz';
export {decodeImage, type DecodedImage, type ImageDecoder} from './decodeImage';
export type {AsyncAugmentation, Augmentation} from './augment/augmentation';
export {augmentInTurn} from './augment/augmentInTurn';
export {autoAugment, type AutoAugmentOptions} from './augment/autoAugment';
export {cropAndFlip, type CropAndFlipOptions} from './augment/cropAndFlip';
export {cutMix, type CutMixOptions} from './augment/cutMix';
export {cutout, type CutoutOptions} from './augment/cutout';
export type {ImageDataFormat} from './augment/imageLayout';
export {mixedLoss, type MixedBatch, type Mixing} from './augment/mixedBatch';
export {mixUp, type MixUpOptions} from './augment/mixUp';
export {randAugment, type RandAugmentOptions} from './augment/randAugment';
export {gunzip, type GunzipOptions} from './archives/gunzip';
export {idxDataset, parseIdx, type IdxArray, type IdxDatasetOptions} from './idx';
export {imageDataset, type ImageDatasetOptions, type ImageFile} from './imageDataset';

// What its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
