/** Two texts line by line, as `diff -u` shows them. The shortest way from one to the other (Myers 1986). */

/** `' '` stands in both, `'-'` only in the older, `'+'` only in the newer. */
export type Line = { mark: ' ' | '-' | '+'; text: string };

const CONTEXT = 3;
/** Texts with more differences than this share too little for the shortest way to be worth its quadratic cost. */
const MOST_EDITS = 2_000;

export function lineDiff(before: string, after: string): Line[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ mark: ' ', text }));
  return [...same(a.slice(0, head)), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...same(a.slice(a.length - tail))];
}

/** Only what differs, each part with its neighbours and the line where it stands: `@@ 12 → 14 @@`. */
export function hunks(lines: readonly Line[]): string[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ mark }) => mark !== ' '));
  let [old, young] = [1, 1];
  const shown: string[] = [];
  lines.forEach(({ mark, text }, at) => {
    if (near[at] && !near[at - 1]) shown.push(`@@ line ${old} → ${young} @@`);
    if (near[at]) shown.push(`${mark}${text}`);
    if (mark !== '+') old += 1;
    if (mark !== '-') young += 1;
  });
  return shown;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
const only = (mark: '-' | '+', lines: readonly string[]): Line[] => lines.map((text) => ({ mark, text }));

function middle(a: readonly string[], b: readonly string[]): Line[] {
  const reached = new Map([[1, 0]]);
  const steps: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(a.length + b.length, MOST_EDITS); edits++) {
    steps.push(new Map(reached));
    for (let k = -edits; k <= edits; k += 2) {
      let x = goesDown(reached, k, edits) ? reached.get(k + 1)! : reached.get(k - 1)! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reached.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, steps);
    }
  }
  return [...only('-', a), ...only('+', b)];
}

/** Whether the furthest way to the diagonal `k` comes by a line that is new. */
const goesDown = (reached: ReadonlyMap<number, number>, k: number, edits: number): boolean => k === -edits || (k !== edits && reached.get(k - 1)! < reached.get(k + 1)!);

function walkBack(a: readonly string[], b: readonly string[], steps: readonly ReadonlyMap<number, number>[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let edits = steps.length - 1; edits >= 0; edits--) {
    const reached = steps[edits]!;
    const down = goesDown(reached, x - y, edits);
    const edited = down ? reached.get(x - y + 1)! : reached.get(x - y - 1)! + 1;
    for (; x > edited; y--) lines.push({ mark: ' ', text: a[--x]! });
    if (edits > 0) lines.push(down ? { mark: '+', text: b[--y]! } : { mark: '-', text: a[--x]! });
  }
  return lines.reverse();
}
