/**
 * Data: tensors, arrays, pipelines and files to a `Dataset`, and augmentation.
 *
 * @packageDocumentation
 */

export {arrayDataset, type ArrayDatasetOptions} from './arrayDataset';
export {cifarDataset, type CifarDatasetOptions} from './cifar';
export {cifarArchive, type CifarArchiveOptions, type CifarParts} from './cifarArchive';
export {cifarNpz, type CifarNpzOptions} from './cifarNpz';
export {decodeImage, type DecodedImage, type ImageDecoder, type RgbaImage} from './decodeImage';
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

// Datasets from tensors, arrays and pipelines, and batches fetched ahead of time.
export {
  asDataset,
  type AsDatasetOptions,
  type DatasetSource,
  type LabelledExamples,
} from '../core/asDataset';
export type {Labels} from '../core/datasets/labelArray';
export type {
  DataPipeline,
  DataPipelineElement,
  DataPipelineIterator,
} from '../core/datasets/pipeline';
export {prefetch, type PrefetchOptions} from '../core/prefetch';

// Errors that its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
