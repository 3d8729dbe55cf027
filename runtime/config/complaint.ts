/** What a check has to say: about which place of the data, in words. */
import type { Path } from './locate.ts';

/** `on: 'key'` when the key itself is wrong, not what it holds. The message does not repeat the job or stage. */
export type Complaint = { path: Path; on?: 'key'; message: string };

/** Jobs, stages and resources by name, the rest as a dotted path: what a message begins with, and what it speaks of. */
export function placeOf(path: Path, data: unknown): { where: string; rest: string } {
  const [root, name, list, index] = path;
  if (root === 'resources' && name !== undefined) return { where: `resource "${String(name)}": `, rest: dotted(path.slice(2)) };
  if (root !== 'jobs' || name === undefined) return { where: '', rest: dotted(path) };
  const job = `job "${String(name)}"`;
  if (list !== 'stages' || index === undefined) return { where: `${job}: `, rest: dotted(path.slice(2)) };
  const stage = (at(data, path.slice(0, 4)) as { name?: unknown } | null | undefined)?.name;
  return { where: `${job}, stage ${typeof stage === 'string' ? `"${stage}"` : Number(index) + 1}: `, rest: dotted(path.slice(4)) };
}

/** The value at a path; undefined where there is none. */
export function at(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (Object(value) === value ? (value as Record<PropertyKey, unknown>)[step] : undefined), data);
}

function dotted(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`)).join('').replace(/^\./, '');
}
