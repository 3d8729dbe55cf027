/** Two JSON values, place by place: what an operator wants to see of an output that has changed. */

/** `before` or `after` is missing where there was nothing, or is nothing any more. */
export type Change = { path: string; before?: unknown; after?: unknown };

/** Places in the order of the newer value, then those that are gone. `path`: `releases[2].notes`, or '' for the whole. */
export function differences(before: unknown, after: unknown, path = ''): Change[] {
  if (Object.is(before, after)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) return [{ path, before, after }];
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].flatMap((key): Change[] => {
    const place = Array.isArray(after) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(before, key)) return [{ path: place, after: after[key] }];
    if (!Object.hasOwn(after, key)) return [{ path: place, before: before[key] }];
    return differences(before[key], after[key], place);
  });
}

const WIDEST = 60;

/** `score: 38 → 41`; of long texts what stands around the first letter that differs. */
export function describeChange({ path, ...change }: Change): string {
  const where = path === '' ? '' : `${path}: `;
  if (!('before' in change)) return `${where}+ ${shown(change.after, 0)}`;
  if (!('after' in change)) return `${where}- ${shown(change.before, 0)}`;
  const from = firstDifference(change.before, change.after);
  return `${where}${shown(change.before, from)} → ${shown(change.after, from)}`;
}

function shown(value: unknown, from: number): string {
  const text = JSON.stringify(value);
  const start = from > WIDEST / 2 ? from - WIDEST / 4 : 0;
  const cut = text.slice(start, start + WIDEST);
  return `${start > 0 ? '…' : ''}${cut}${start + WIDEST < text.length ? '…' : ''}`;
}

function firstDifference(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
