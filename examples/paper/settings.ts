import type {Preset, PresetScale} from 'lt-robust/presets';

/** What the user changes of a run; it is written into report.json. */
export interface PaperSettings {
  /** Folder or archive of the images; null for the embedded Fashion-MNIST subset. */
  readonly data: string | null;
  /** Training images of the largest class; null for all. */
  readonly maxCount: number | null;
  /** Test images of each class; null for all. */
  readonly testPerClass: number | null;
  /** Images of each class that choose the best epoch; 0: the test set does, as in the literature. */
  readonly validationPerClass: number;
  /** Epochs between two measurements; null for a tenth of the training. */
  readonly evaluateEvery: number | null;
  /** Test images that AutoAttack is run on, as many of each class as go; null for all, 0 for none. */
  readonly autoAttackImages: number | null;
  readonly backend: 'wasm' | 'cpu';
}

/** How the paper's trainings are changed; what is missing stays the paper's. */
export type PaperScale = Omit<PresetScale, 'epochs'> & {
  /** Epochs in place of the paper's 100; trainings with others change in proportion. */
  readonly epochs?: number | undefined;
};

export const DEFAULT_SETTINGS: PaperSettings = {
  ...{data: null, maxCount: null, testPerClass: null, validationPerClass: 0},
  ...{evaluateEvery: null, autoAttackImages: null, backend: 'wasm'},
};

/** One training with its measurements: what a worker is given. */
export interface Job {
  /** At the scale that it is run at. */
  readonly preset: Preset;
  readonly seed: number;
  /** Radius of the PGD-20 that measures it. */
  readonly epsilon: number;
  readonly settings: PaperSettings;
}
