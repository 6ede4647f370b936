/** A part of an evaluation in a pool failed: its worker threw, or its process ended. */
export class PooledPartError extends Error {
  /** Its name, by which `isPooledPartError` knows it. */
  override readonly name = 'PooledPartError';
  /** Number of the part, from 1; `null` where a worker ended before it had one. */
  readonly part: number | null;
  /** Number of parts. */
  readonly of: number;
  /** Why it failed: the message of what the worker threw, or that its process ended. */
  readonly reason: string;

  constructor(part: number | null, of: number, reason: string, cause?: unknown) {
    const what = part === null ? 'A worker could not start' : `Part ${part} of ${of} failed`;
    super(`${what}: ${reason}`, {cause});
    this.part = part;
    this.of = of;
    this.reason = reason;
  }
}

/** Whether `error` is a {@link PooledPartError}, whichever copy of this package threw it. */
export const isPooledPartError = (error: unknown): error is PooledPartError =>
  error instanceof Error && error.name === 'PooledPartError';
