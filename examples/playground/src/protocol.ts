import type {Norm} from 'lt-robust';

/** Where the worker computes. */
export type BackendName = 'webgpu' | 'webgl' | 'wasm';

/** The worker after its start. */
export interface StartInfo {
  readonly backend: BackendName;
  /** What it runs on and why, in words. */
  readonly detail: string;
  readonly facts: Facts;
  /** The class of every sample image, in their order. */
  readonly labels: readonly number[];
  /** Bytes of the first sample images, one after another, and the size of one. */
  readonly thumbnails: Uint8Array;
  readonly imageSize: number;
}

/** What is known of the sample networks: facts.json, written by makeModels.ts. */
export interface Facts {
  readonly classNames: readonly string[];
  /** Training images of each class. */
  readonly classCounts: readonly number[];
  /** L∞ radius that they were trained and measured with. */
  readonly epsilon: number;
  readonly imbalanceRatio: number;
  readonly models: Readonly<Record<string, {readonly clean: number; readonly pgd20: number}>>;
}

/** An open network. */
export interface ModelInfo {
  readonly name: string;
  readonly kind: 'layers' | 'graph';
  /** Height, width and channels of the images that it takes. */
  readonly inputShape: readonly [number, number, number];
  /** Axes in which it takes one: 3; 2, without one for the channel; or 1, with all pixels in a row. */
  readonly axes: 1 | 2 | 3;
  readonly classes: number;
  readonly weights: number;
  /** Names of the classes, where they are known. */
  readonly classNames: readonly string[] | null;
  /** Whether the labels of the sample images are classes of this network. */
  readonly knowsSamples: boolean;
}

/** The pixel values that a network takes for black and white. */
export type PixelRange = '0..1' | '-1..1' | '0..255';

/** An image, by what it is called in the worker. */
export type ImageRef = {readonly sample: number} | {readonly own: number};

/** An image of the visitor's own, read. */
export interface OwnImage {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** RGBA, at most 64 pixels wide and high. */
  readonly thumbnail: {
    readonly width: number;
    readonly height: number;
    readonly data: Uint8ClampedArray;
  };
}

/** What the attack may do. */
export interface AttackSettings {
  readonly norm: Norm;
  readonly epsilon: number;
  readonly steps: number;
  readonly randomStart: boolean;
  /** The class to reach; `null`: any but the true one. */
  readonly target: number | null;
}

/** The attacked image after one step. */
export interface Frame {
  /** `null` for the clean image; 0 for the start of the attack. */
  readonly step: number | null;
  /** Height, width, channels; values from 0 to 1, row by row. */
  readonly shape: readonly [number, number, number];
  readonly pixels: Float32Array;
  readonly probabilities: Float32Array;
}

/** How an attack began. */
export interface AttackInfo {
  /** The class that counts as right. */
  readonly label: number;
  /** Where the label comes from: the data, the visitor, or what the network says. */
  readonly labelFrom: 'data' | 'visitor' | 'network';
}

/** A few evaluated images: how many of each class, and how many of them were right. */
export interface EvaluationPart {
  readonly done: number;
  readonly total: number;
  readonly totals: readonly number[];
  readonly clean: readonly number[];
  readonly attacked: readonly number[];
  /** What makes the numbers doubtful, in words. */
  readonly warnings: readonly string[];
}

/** What the page asks of the worker. */
export type Calls = {
  start: {params: {base: string; backend: BackendName | 'auto'}; event: never; result: StartInfo};
  openSample: {params: {name: string}; event: never; result: ModelInfo};
  openFiles: {
    params: {files: readonly File[]; range: PixelRange};
    event: never;
    result: ModelInfo;
  };
  addImages: {params: {files: readonly File[]}; event: never; result: readonly OwnImage[]};
  attack: {
    params: {image: ImageRef; label: number | null; settings: AttackSettings};
    event: Frame;
    result: AttackInfo;
  };
  evaluate: {
    params: {
      /** Images of the visitor, or as many samples. */
      images: {own: readonly {id: number; label: number | null}[]} | {samples: number};
      /** How many of them are done already. */
      from: number;
      settings: AttackSettings;
    };
    event: EvaluationPart;
    result: null;
  };
};

export type CallName = keyof Calls;

/** Why something did not work, for a person. */
export interface Trouble {
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

export type Request =
  | {[K in CallName]: {kind: 'call'; id: number; name: K; params: Calls[K]['params']}}[CallName]
  | {kind: 'stop'; id: number};

export type Response =
  | {kind: 'event'; id: number; event: Calls[CallName]['event']}
  | {kind: 'result'; id: number; result: Calls[CallName]['result']}
  | {kind: 'stopped'; id: number}
  | {kind: 'trouble'; id: number; trouble: Trouble};
