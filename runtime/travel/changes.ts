/** What differs between two states, leaf by leaf. */

/** `at` as in `holds.operator.reason`. A side that is left out has nothing there. */
export type Change = { at: string; before?: unknown; after?: unknown };

/** In the order of the keys of `before`, then of what is only in `after`. Both are JSON. */
export function changesBetween(before: unknown, after: unknown, at = ''): Change[] {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changesBetween(before[key], after[key], at ? `${at}.${key}` : key));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
