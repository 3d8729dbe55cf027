/** Patterns that no address ever reaches, as another one stands before them. */
import type { Complaint } from '../complaint.ts';
import type { JobOutline, Word } from '../outline.ts';

export function unreachedPatterns(jobs: readonly JobOutline[]): Complaint[] {
  const all = jobs.flatMap(({ id, accepts }) => accepts.map((pattern) => ({ id, pattern })));
  return all.flatMap(({ pattern }, index) => {
    const before = all.slice(0, index).find((other) => takesAllOf(other.pattern, pattern));
    return before ? [{ path: pattern.path, message: `"${pattern.text}" is never reached: "${before.pattern.text}" of ${before.id} stands before it and takes the same addresses` }] : [];
  });
}

const takesAllOf = (one: Word, other: Word): boolean => one.text === '**' || one.text === other.text;
