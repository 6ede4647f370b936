/** What an error says; one that comes from another process is no instance of Error. */
export function messageOf(error: unknown): string {
  const {message} = (error ?? {}) as {readonly message?: unknown};
  return typeof message === 'string' ? message : String(error);
}
