import * as convolutionModule from './generated/winogradModule';
import {type Instance, moduleOn} from './moduleOn';

type Call = (...args: (number | boolean)[]) => void;

/** A form of Winograd's algorithm for 3x3 filters, and its code on a backend. */
export interface WinogradForm {
  /** Rows, and columns, of outputs that a tile gives. */
  readonly tile: 2 | 4;
  /** Matrices that are multiplied. */
  readonly matrices: 16 | 36;
  /** Floats between two matrices of a transformed filter. */
  readonly gap: number;
  /** Scratch floats that the transform of a filter takes. */
  readonly filterWork: number;
  /** From so many tiles on, transforming the filter anew pays also for one image. */
  readonly enoughTiles: number;
  /** Likewise while a gradient is computed: of weights that change, the filter is packed anew in any case. */
  readonly enoughInGradient: number;
  /** Likewise a turned one, which would have to be made in any case. */
  readonly enoughTurned: number;
  readonly convolution: Instance<{readonly convolve: Call; readonly transformFilter: Call}>;
}

const SHAPES = {
  2: {
    tile: 2,
    matrices: 16,
    gap: 0,
    filterWork: 0,
    enoughTiles: 16,
    enoughInGradient: 16,
    enoughTurned: 4,
  },
  4: {
    tile: 4,
    matrices: 36,
    gap: 16,
    filterWork: 216,
    enoughTiles: 4,
    enoughInGradient: 1,
    enoughTurned: 1,
  },
} as const;

type Code = WinogradForm['convolution']['run'];

const CODE = {
  2: moduleOn<Code>(convolutionModule, 'winograd', {convolve: 'convolve2'}),
  4: moduleOn<Code>(undefined, 'winograd4', {convolve: 'convolve4'}),
} as const;

/** Tiles that cover a map. */
export const tilesOf = (height: number, width: number, tile: number): number =>
  Math.ceil(height / tile) * Math.ceil(width / tile);

function formOn(backend: object, tile: 2 | 4): WinogradForm | undefined {
  const convolution = CODE[tile](backend);
  return convolution && {...SHAPES[tile], convolution};
}

/** Whether F(4x4, 3x3) makes clearly fewer products: its tiles may reach far beyond a map. */
export const suits4 = (outHeight: number, outWidth: number): boolean =>
  36 * tilesOf(outHeight, outWidth, 4) <= 0.85 * 16 * tilesOf(outHeight, outWidth, 2);

/**
 * The form that computes a map in the least time: F(4x4, 3x3) where the relaxed set is in use and it
 * suits, else F(2x2, 3x3).
 *
 * @returns `undefined` where neither can run.
 */
export function winogradForm(
  backend: object,
  outHeight: number,
  outWidth: number,
): WinogradForm | undefined {
  return (suits4(outHeight, outWidth) ? formOn(backend, 4) : undefined) ?? formOn(backend, 2);
}
