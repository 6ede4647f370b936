/** Exit codes: what a script that runs the command goes by. */
export const EXIT = {
  /** It ran, and nothing was asked that the result does not meet. */
  ok: 0,
  /** It ran, and the result is worse than was asked. */
  below: 1,
  /** It could not run: a wrong option, a file that is not there or not right. */
  usage: 2,
  /** It was interrupted. */
  interrupted: 130,
} as const;

/** Something the user can put right: printed as its message, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
