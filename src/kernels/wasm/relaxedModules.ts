import * as blockSums from './generated/blockSumsModule';
import * as direct from './generated/directRelaxedModule';
import * as fewInputs from './generated/fewInputsRelaxedModule';
import * as products from './generated/productsRelaxedModule';
import * as stridedFilter from './generated/stridedFilterModule';
import * as strided from './generated/stridedModule';
import * as winograd4Gradient from './generated/winograd4GradientModule';
import * as winograd4 from './generated/winograd4Module';
import * as winogradGradient from './generated/winogradGradientRelaxedModule';
import * as winograd from './generated/winogradRelaxedModule';
import type {RelaxedModules} from './relaxedSimd';

/** The relaxed set. Import it dynamically: it is of no use where the engine lacks relaxed SIMD. */
export const RELAXED_MODULES: RelaxedModules = {
  ...{
    blockSums,
    direct,
    fewInputs,
    products,
    strided,
    stridedFilter,
    winograd,
    winograd4,
    winograd4Gradient,
    winogradGradient,
  },
};
