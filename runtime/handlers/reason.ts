/** Reasons are shown beside the task that does not move; they are sentences. */
const LONGEST = 2000;

export function reasonText(reason: unknown): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  return text.slice(0, LONGEST) || 'no reason given';
}
