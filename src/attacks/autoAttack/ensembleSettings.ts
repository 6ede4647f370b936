import type * as tf from '@tensorflow/tfjs-core';

import type {CheckpointStore} from '../../core/checkpoint';
import type {DataFormat} from '../../core/layers/imageLayout';
import type {Rng} from '../../core/rng';
import type {FeatureThreatModel} from '../../core/featureThreat';
import type {ThreatModel} from '../../core/threatModel';
import type {VerdictSettings} from '../search/verdictOptions';
import type {AutoAttackVersion, Component} from './components';

/** What decides an evaluation, checked except for the values of tensors. */
export type GivenEnsembleSettings<I extends tf.Tensor> = Omit<
  EnsembleSettings<I>,
  keyof ThreatModel
> &
  FeatureThreatModel;

/** What decides an evaluation, checked. */
export interface EnsembleSettings<I extends tf.Tensor>
  extends Omit<VerdictSettings, keyof FeatureThreatModel>, ThreatModel {
  readonly where: string;
  readonly version: AutoAttackVersion;
  readonly rng: Rng;
  readonly components: readonly Component<I>[];
  readonly batchSize: number;
  readonly steps: number;
  readonly queries: number;
  readonly dataFormat: DataFormat | undefined;
  readonly numTargets: number;
  readonly restarts: number | undefined;
  readonly gradientSamples: number | undefined;
  readonly diagnostics: boolean;
  readonly adversarial: boolean;
  readonly checkpoints: CheckpointStore | undefined;
  readonly checkpointKey: string;
}
