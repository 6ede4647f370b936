import {checkGiven, hasParts} from '../core/checks/checkGiven';
import {isPlainObject} from '../core/options';

/** Throws unless `value` has the form of a preset. Its contents are checked where they are used. */
export function checkPreset(where: string, value: unknown): void {
  const isPreset =
    isPlainObject(value) &&
    typeof value['id'] === 'string' &&
    hasParts(value, 'dataset', 'main') &&
    isStage(value['main']);
  checkGiven(where, 'preset', value, isPreset, 'be a preset', 'Pass preset(id); presets() lists them.'); // prettier-ignore
}

/** Throws unless `value` has the form of a stage of a preset. */
export function checkStage(where: string, value: unknown): void {
  const remedy = 'Pass preset(id).main, or its teacher.';
  checkGiven(where, 'stage', value, isStage(value), 'be a stage of a preset', remedy);
}

const isStage = (value: unknown): boolean => hasParts(value, 'network', 'method');
