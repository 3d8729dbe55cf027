/** Stored actors, damaged in every way that came to mind; the same seed damages the same. */
import type { ActorRow } from '../../runtime/store/types.ts';

/** Mulberry32: numbers in [0, 1) that follow from a seed. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Dice = () => number;
type Damage = (row: ActorRow, random: Dice, all: readonly ActorRow[]) => ActorRow | undefined;

const pick = <T>(random: Dice, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const STRINGS = ['', ' ', 'elsewhere', '__proto__', 'constructor', 'toString', '\0', '\ud800', 'x'.repeat(100_000), '../../etc', 'running', 'held', 'supervisor', 'job/watch'];
const NUMBERS = [-1, 0, 0.5, 1e15, -1e15, 8.64e15, 2 ** 53, 1e300, Number.MIN_VALUE];
const VALUES = [null, true, [], {}, [[]], { length: 3 }, { then: 1 }, { xstate$$type: 1, id: 'lifecycle' }, { $ref: '#' }];
/** As JSON.parse reads them, and JSON.stringify would not write them. */
const RAW = ['1e999', '-1e999', 'NaN', 'undefined', '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', deep('[', ']', 50_000), deep('{"a":', '}', 10_000), '"\\u0000"', '1'.repeat(400)];

/** Every place in a JSON value, as the object that holds it and its key there. */
function places(value: unknown, found: [holder: any, key: string][] = []): [holder: any, key: string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value, key]);
    places((value as Record<string, unknown>)[key], found);
  }
  return found;
}

const inside = (change: (holder: any, key: string, random: Dice) => void): Damage => (row, random) => {
  const snapshot = JSON.parse(row.snapshot) as object;
  change(...pick(random, places(snapshot)), random);
  return { ...row, snapshot: JSON.stringify(snapshot) };
};
const MARK = '@@here@@';

export const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut off': (row, random) => ({ ...row, snapshot: row.snapshot.slice(0, random() * row.snapshot.length) }),
  'a character changed': (row, random) => {
    const at = Math.floor(random() * row.snapshot.length);
    return { ...row, snapshot: row.snapshot.slice(0, at) + String.fromCharCode(random() * 128) + row.snapshot.slice(at + 1) };
  },
  'no JSON': (row, random) => ({ ...row, snapshot: pick(random, ['', '\0', 'null', '0', '"x"', '[]', '{}', 'garbage', deep('[', ']', 100_000)]) }),
  'a value of another type': inside((holder, key, random) => void (holder[key] = pick<unknown>(random, [...STRINGS, ...NUMBERS, ...VALUES]))),
  'another number': inside((holder, key, random) => void (holder[key] = typeof holder[key] === 'number' ? pick(random, [...NUMBERS, holder[key] + 1, -holder[key]]) : pick(random, NUMBERS))),
  'a key gone': inside((holder, key) => void (Array.isArray(holder) ? holder.pop() : delete holder[key])),
  'a key more': inside((holder, key, random) => void (Array.isArray(holder) ? holder.push(pick<unknown>(random, [...STRINGS, ...VALUES])) : (holder[`${key}${pick(random, STRINGS).slice(0, 20)}`] = 1))),
  'a key renamed': inside((holder, key, random) => {
    if (Array.isArray(holder)) return;
    Object.defineProperty(holder, pick(random, ['__proto__', 'constructor', 'x', '']), { value: holder[key], enumerable: true });
    delete holder[key];
  }),
  'raw text': (row, random) => {
    const snapshot = JSON.parse(row.snapshot) as object;
    const [holder, key] = pick(random, places(snapshot));
    holder[key] = MARK;
    return { ...row, snapshot: JSON.stringify(snapshot).replace(`"${MARK}"`, pick(random, RAW)) };
  },
  'another state': (row, random) => {
    const value = pick<unknown>(random, [...STRINGS, {}, [], null, 7, { pause: 'running' }, { pause: { paused: 'untilLapse' }, drain: 'flowing' }, { running: 'steady' }, { running: { steady: 'x' } }, { flowing: 'idle' }, { polling: 'full' }, 'waiting', 'backingOff', 'steady', 'restarting', 'stopping', 'draining', 'inForce']);
    return { ...row, snapshot: JSON.stringify({ ...JSON.parse(row.snapshot), value }) };
  },
  'another status': (row, random) => ({ ...row, snapshot: JSON.stringify({ ...JSON.parse(row.snapshot), status: pick(random, ['done', 'error', 'stopped', '', 'x']), error: { message: 'x' } }) }),
  'children of its own': (row, random) => {
    const children = pick<unknown>(random, [null, 7, { lifecycle: null }, { ghost: { src: 'lifecycle', snapshot: {}, syncSnapshot: false } }, { pump: { src: 'nothing', snapshot: { status: 'active' } } }]);
    return { ...row, snapshot: JSON.stringify({ ...JSON.parse(row.snapshot), children, historyValue: pick<unknown>(random, [null, 7, { x: 7 }, { x: [{ id: 'gone' }] }]) }) };
  },
  'the snapshot of another': (row, random, all) => ({ ...row, snapshot: pick(random, all).snapshot }),
  'another machine': (row, random, all) => ({ ...row, src: pick(random, [...STRINGS.map((text) => text.slice(0, 50)), ...all.map(({ src }) => src)]) }),
  'another version': (row, random) => ({ ...row, version: pick(random, [-1, 0, 2, 99, 2 ** 31, Number.MAX_SAFE_INTEGER]) }),
  'another parent': (row, random, all) => ({ ...row, parent: pick(random, [null, '', row.path, 'nobody', ...all.map(({ path }) => path)]) }),
  'another id': (row, random, all) => ({ ...row, id: pick(random, ['', row.path, ...STRINGS.map((text) => text.slice(0, 50)), ...all.map(({ id }) => id)]) }),
  'another path': (row, random, all) => ({ ...row, path: pick(random, ['', '/', 'supervisor/x', `${row.path}/`, `${row.path}/x`, 'job/', 'job/ghost', 'job/ghost/lifecycle', 'job/watch/stage/', 'job/watch/stage/ghost', `x${'/y'.repeat(500)}`, '\0', ...all.map(({ path }) => path)]) }),
  'another number of the journal': (row, random) => ({ ...row, seq: pick(random, [-1, 0, 1, 2 ** 40]) }),
  gone: () => undefined,
};

/**
 * Some of the rows damaged, each in one or two ways; `damaged` is how many.
 *
 * @param share of the rows that are damaged
 */
export function fuzzed(rows: readonly ActorRow[], random: Dice, share: number): { rows: ActorRow[]; damaged: number } {
  const names = Object.keys(DAMAGES);
  let damaged = 0;
  const after = rows.flatMap((row) => {
    if (random() >= share) return [row];
    damaged += 1;
    const once = hurt(row, DAMAGES[pick(random, names)]!, random, rows);
    return once && random() < 0.3 ? (hurt(once, DAMAGES[pick(random, names)]!, random, rows) ?? []) : (once ?? []);
  });
  // A path is a key: of two rows the later one stays.
  return { rows: [...new Map(after.map((row) => [row.path, row])).values()], damaged };
}

/** What is no JSON any more cannot be damaged from inside. */
function hurt(row: ActorRow, damage: Damage, random: Dice, all: readonly ActorRow[]): ActorRow | undefined {
  try {
    return damage(row, random, all);
  } catch {
    return row;
  }
}
