/**
 * The gradient audit: are a model's gradients right on this backend, and if not, which?
 *
 * @packageDocumentation
 */

export {
  auditGradients,
  type AuditGradientsOptions,
  type GradientAudit,
  type InputAudit,
} from './auditGradients';
export type {OpAudit} from './auditOps';
export type {VariableAudit} from './auditVariables';
