const LONGEST_MS = 7 * 24 * 3_600_000;

/** Seconds, or a date (`Tue, 24 Nov 2026 12:00:00 GMT`); ms from now, at most a week. What is over already says nothing: then the back-off decides. */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : /^[A-Z].* GMT$/i.test(text) ? Date.parse(text) - now : 0;
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
