import * as channels from './generated/channelsModule';
import * as elementwise from './generated/elementwiseModule';
import {type Instance, moduleOn} from './moduleOn';
import * as products from './generated/productsModule';

type Call = (...args: (number | boolean)[]) => void;

/** Functions of `assembly/products.ts`, where the parameters are described. */
export interface Products {
  readonly dense: Call;
  readonly packColumns: Call;
  readonly multiplyBatch: Call;
  readonly convInput: Call;
  readonly convFilter: Call;
}

/** Functions of `assembly/channels.ts`, where the parameters are described. */
export interface Channels {
  readonly maxPool: Call;
  readonly maxPool2: Call;
  readonly largest2: Call;
  readonly addRow: Call;
  readonly depthwise: Call;
  readonly sumRows: Call;
}

/** Functions of `assembly/elementwise.ts`, where the parameters are described. */
export interface Elementwise {
  readonly rectify: Call;
  readonly passPositive: Call;
  readonly add: Call;
}

/** Products of matrices on a backend's memory; `undefined` where they cannot run. */
export const productsOn: (backend: object) => Instance<Products> | undefined = moduleOn<Products>(
  products,
  'products',
  {
    ...{convFilter: 'convFilter', convInput: 'convInput', dense: 'dense'},
    multiplyBatch: 'multiplyBatch',
  },
);

/** Kernels of single channels, likewise. */
export const channelsOn: (backend: object) => Instance<Channels> | undefined = moduleOn<Channels>(
  channels,
  undefined,
  {addRow: 'addRow', largest2: 'largest2', maxPool: 'maxPool', maxPool2: 'maxPool'},
);

/** Operations on single values, likewise. */
export const elementwiseOn: (backend: object) => Instance<Elementwise> | undefined =
  moduleOn<Elementwise>(elementwise, undefined, {
    ...{rectify: 'elementwise', passPositive: 'elementwise', add: 'elementwise'},
  });
