/** What a task's row says of its end: an error, or a sentence of the handler's. */

export function errorText(reason: string | null): string | undefined {
  if (reason === null) return undefined;
  if (!reason.startsWith('{')) return reason;
  try {
    const { name, message } = JSON.parse(reason) as { name?: unknown; message?: unknown };
    return typeof name === 'string' && typeof message === 'string' ? `${name}: ${message}` : reason;
  } catch {
    return reason;
  }
}
