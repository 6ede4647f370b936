/** Exit codes, for scripts that run the command. */
export const EXIT = {
  /** It ran, and nothing was asked that the result does not meet. */
  ok: 0,
  /** It ran, and the result is worse than was asked. */
  below: 1,
  /** It could not run: a wrong option, or a file that is missing or wrong. */
  usage: 2,
  /** It was interrupted. */
  interrupted: 130,
} as const;

/** An error that the user can correct: its message is printed, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
