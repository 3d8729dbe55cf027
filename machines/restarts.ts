/**
 * How a parent restarts children that died: one for one, after a wait that doubles with each death, and not for ever.
 * Shared by supervisor and job. What counts as "too often" is the job's `restart` in jobs.yaml.
 */
import { z } from 'zod';
import type { RestartSpec } from './spec.ts';
import { timeOf, type Stamped } from './time.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_REASON = 500;

/** A child that died and does not live again yet. */
const down = z.strictObject({
  id: z.string(),
  /** When it is started again, in ms since the epoch; null when it died too often: not before somebody has looked. */
  at: z.number().nullable(),
});

/** What is remembered of a child that died, for as long as it is wanted. */
const history = z.strictObject({
  /** How often it was started again. */
  restarts: z.number(),
  /** When it last died, in ms since the epoch, and of what. */
  lastAt: z.number(),
  error: z.string(),
  /** When it died within the window, as far as that counts. */
  deaths: z.array(z.number()),
});

export const restarts = z.strictObject({
  /** Ids of the children that should exist and do. */
  alive: z.array(z.string()),
  down: z.array(down),
  /** By id. */
  histories: z.record(z.string(), history),
});
export type Restarts = z.infer<typeof restarts>;

/** What a parent hears when a child has died. */
export type ChildDied = { type: 'xstate.error.actor.*'; actorId: string; error: { name?: string; message?: string } | string };

export const none: Restarts = { alive: [], down: [], histories: {} };

export type Intensity = Pick<RestartSpec, 'max' | 'withinMs'>;
/** Of what no job says anything about. */
export const DEFAULT_RESTART: RestartSpec = { max: 5, withinMs: 60_000, stalledAfterMs: 60_000 };

export type Death = { id: string; at: number; error: string };

/** The child is no more; `again` says whether it is started again by itself. */
export function died({ alive, down, histories }: Restarts, { id, at, error }: Death, intensity: Intensity, again: boolean): Restarts {
  const { restarts = 0, deaths: before = [] } = histories[id] ?? {};
  const deaths = [...before.filter(isWithin(intensity, at)), at];
  return {
    alive: alive.filter((other) => other !== id),
    down: [...down.filter((other) => other.id !== id), { id, at: again ? at + waitMs(id, at, deaths.length, intensity) : null }],
    histories: { ...histories, [id]: { restarts, lastAt: at, error: error.slice(0, LONGEST_REASON), deaths } },
  };
}

/**
 * Doubles with each death in the window, up to a share of the window: a child that dies again and again must be able to die
 * "too often". Between half and all of that, so that what died of one cause does not start again in one moment. A machine has
 * no dice: the fraction follows from who died and when, and a replay throws the same one.
 */
function waitMs(id: string, at: number, deaths: number, { max, withinMs }: Intensity): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** Math.min(deaths - 1, 30), withinMs / (max + 1));
  return Math.max(1, Math.round(longest * (0.5 + 0.5 * fraction(`${id} ${at}`))));
}

/** From 0 to 1, by FNV-1a. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** Deaths within the window that count, by child; of one child when `id` is given. */
function deathsWithin({ histories }: Restarts, intensity: Intensity, at: number, id?: string): Map<string, number> {
  const counts = Object.entries(histories)
    .filter(([child]) => id === undefined || child === id)
    .map(([child, { deaths }]) => [child, deaths.filter(isWithin(intensity, at)).length] as const);
  return new Map(counts.filter(([, n]) => n > 0));
}

/** Whether one more death now is more than the intensity allows: of all children together, or of one. */
export function isTooOften(restarts: Restarts, intensity: Intensity, at: number, id?: string): boolean {
  return sum(deathsWithin(restarts, intensity, at, id)) >= intensity.max;
}

/** `stage/fetch died 6 times in 60 s (stage/fetch 4, discovery 2): Error: out of order`; the death is in it already. */
export function reasonOf(restarts: Restarts, intensity: Intensity, { id, at, error }: Death, only?: string): string {
  const counts = deathsWithin(restarts, intensity, at, only);
  const n = sum(counts);
  const times = n === 1 ? 'died' : `${counts.size > 1 ? 'is the last of' : 'died'} ${n} ${counts.size > 1 ? 'deaths' : 'times'} in ${intensity.withinMs / 1000} s`;
  const each = counts.size > 1 ? ` (${[...counts].map(([child, m]) => `${child} ${m}`).join(', ')})` : '';
  return `${id} ${times}${each}: ${error}`.slice(0, LONGEST_REASON);
}

/** Ids to start and to stop so that what is wanted lives, as far as it may by `at`. */
export function difference({ alive, down }: Restarts, wanted: readonly string[], at: number): { start: string[]; stop: string[] } {
  const waiting = down.filter((child) => child.at === null || child.at > at).map(({ id }) => id);
  return { start: wanted.filter((id) => !alive.includes(id) && !waiting.includes(id)), stop: alive.filter((id) => !wanted.includes(id)) };
}

/** After what `difference` said was done. */
export function reconciled({ alive, down, histories }: Restarts, wanted: readonly string[], started: readonly string[]): Restarts {
  const again = new Set(down.map(({ id }) => id).filter((id) => started.includes(id)));
  const known = Object.entries(histories).filter(([id]) => wanted.includes(id));
  return {
    alive: wanted.filter((id) => alive.includes(id) || started.includes(id)),
    down: down.filter(({ id }) => wanted.includes(id) && !started.includes(id)),
    histories: Object.fromEntries(known.map(([id, past]) => [id, again.has(id) ? { ...past, restarts: past.restarts + 1 } : past])),
  };
}

/** The process is a new one: ids that were believed alive are not there, and what waited for its restart need not wait any more. */
export const restored = ({ alive, down, histories }: Restarts, missing: readonly string[], at: number): Restarts => ({
  alive: alive.filter((id) => !missing.includes(id)),
  down: down.map((child) => (child.at === null ? child : { ...child, at })),
  histories,
});

/** Somebody has looked: what was given up may start at `at`, and earlier deaths do not count any more; of one child when `id` is given. */
export function forgiven({ alive, down, histories }: Restarts, at: number, id?: string): Restarts {
  const isMeant = (child: string) => id === undefined || child === id;
  return {
    alive,
    down: down.map((child) => (child.at === null && isMeant(child.id) ? { ...child, at } : child)),
    histories: Object.fromEntries(Object.entries(histories).map(([child, past]) => [child, isMeant(child) ? { ...past, deaths: [] } : past])),
  };
}

/** When the next child is started again; undefined when none waits for a time. */
export function nextRestart({ down }: Pick<Restarts, 'down'>): number | undefined {
  const times = down.map(({ at }) => at).filter((at) => at !== null);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** What is due by this event. The wait is over when its timer says so, also where somebody has set the clock back meanwhile. */
export const dueBy = (restarts: Restarts, event: Stamped & { type: string }): number =>
  event.type.startsWith('xstate.after.') ? Math.max(timeOf(event), nextRestart(restarts) ?? 0) : timeOf(event);

export const isGivenUp = ({ down }: Restarts): boolean => down.some(({ at }) => at === null);

/** What killed a child, in one line. */
export function errorOf({ error }: Pick<ChildDied, 'error'>): string {
  if (typeof error !== 'object' || error === null) return String(error ?? 'no reason given');
  return [error.name, error.message].filter(Boolean).join(': ') || 'no reason given';
}

/** What was remembered before each child waited for a time of its own. `givenUp`: those that are down have died too often. */
export function restartsOfVersion1({ alive, down, restartAt }: { alive: string[]; down: string[]; restartAt: number }, givenUp: boolean): Restarts {
  return { alive, down: down.map((id) => ({ id, at: givenUp ? null : restartAt })), histories: {} };
}

/** Whichever way the clock on the wall was set. */
const isWithin = ({ withinMs }: Intensity, at: number) => (death: number) => Math.abs(at - death) < withinMs;
const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, n) => all + n, 0);
