import {type FeatureMap, valuesOf} from '../../core/featureMap';
import type {Features} from '../../core/features';

/** Values that broadcast to the examples, as plain data; `null` where a range has no end. */
export interface ReportedValues {
  /** Shape of the tensor. */
  readonly shape: readonly number[];
  /** Its values, row by row; `null` where one is not finite. */
  readonly values: readonly (number | null)[];
}

/** The settings of a threat model that differ from feature to feature, as plain data. */
export interface FeatureReport {
  /** A feature may move by epsilon times the product of these: the epsilons, the mask, or both. */
  readonly units: readonly ReportedValues[];
  /** Valid range of every feature; `null` where it is the report's `clip`. */
  readonly range: readonly [lower: ReportedValues, upper: ReportedValues] | null;
}

/** Describes the settings that differ from feature to feature. */
export const featureReport = ({units, range}: Features): FeatureReport => ({
  units: units.map(reported),
  range: range === undefined ? null : [reported(range[0]), reported(range[1])],
});

const reported = (map: FeatureMap): ReportedValues => ({
  shape: map.shape,
  values: Array.from(valuesOf(map), (value) => (Number.isFinite(value) ? value : null)),
});
