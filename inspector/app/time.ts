/** The moment that is looked at: what views show instead of now, and how it is moved. Nothing here reaches the runner but questions. */
import { computed, effect, signal } from '@preact/signals';
import type { StatusView, ThenView } from '../protocol.ts';
import { dateTime } from './format.ts';
import { beat, isShown, link, now, readOnly, say, seq, status, wire } from './model.ts';
import { go, here, moment, moveTo, route } from './route.ts';
import { seqAt, timeIn } from './when.ts';

export const isPast = computed(() => moment.value !== undefined);

/** What is known of the moment; of the one before until that comes. `asked`: the moment of which it is. */
type Then = { asked: number; view?: ThenView; error?: string };
const known = signal<Then | undefined>(undefined);
/** Undefined as long as nothing is known, and when it is now that is shown. */
export const then = computed(() => (isPast.value ? known.value : undefined));
/** The entry after which views show everything: it follows the moment as fast as the runner answers. */
export const shownSeq = computed(() => then.value?.asked ?? moment.value);
/** Ms since the epoch: now, or when the moment was. Countdowns and ages are of it. */
export const clock = computed(() => (isPast.value ? (known.value?.view?.at ?? 0) : now.value));
/** The past does not change: of it nothing is read again. */
export const pace = computed(() => (isPast.value ? `${shownSeq.value}` : beat.value));
/** Why nothing can be changed here; undefined when it can. */
export const locked = computed(() => (isPast.value ? 'This is of the past: L leads back to now' : readOnly.value ? 'This link only looks' : undefined));
/** As it is, or as it stood. */
export const shownStatus = computed<StatusView | undefined>(() => {
  if (!isPast.value) return status.value;
  const view = known.value?.view;
  return view && { runner: { state: 'running' }, jobs: view.jobs };
});

/** The actor whose steps are meant, where the view is about one and the operator wants no others; undefined: all of them. */
export const scope = computed(() => (route.value.view === 'actors' && route.value.query.get('of') !== 'all' ? route.value.rest || 'supervisor' : undefined));

export const enter = (): void => go(here({ at: Math.max(1, seq.peek()) }));
export const leave = (): void => go(here({ at: undefined }));

// ---------------------------------------------------------------- what is asked

/** One question at a time, and not more often: a moment that is dragged passes many. */
const LEAST_MS = 80;
let isAsking = false;

effect(() => {
  const open = link.value.state === 'live' || link.value.state === 'behind';
  if (moment.value === undefined || !open) return;
  // What could not be answered may have been asked while the connection ended.
  if (known.peek()?.error !== undefined) known.value = undefined;
  void ask();
});

async function ask(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  for (let asked = moment.peek(); asked !== undefined && asked !== known.peek()?.asked; asked = moment.peek()) {
    const seq = asked;
    const least = new Promise((resolve) => setTimeout(resolve, LEAST_MS));
    await wire.ask({ type: 'at', seq }).then(
      (view) => void (known.value = { asked: seq, view }),
      (error: Error) => void (known.value = { asked: seq, error: error.message }),
    );
    await least;
  }
  isAsking = false;
}

// ---------------------------------------------------------------- step by step

type Place = readonly [seq: number, at: number];
/** Entries around the moment, the oldest first; `of`: the actor. */
let places: { of: string | undefined; all: Place[] } = { of: undefined, all: [] };

/** The places after the moment, or before it, the nearest first. */
async function beside(direction: 1 | -1): Promise<Place[]> {
  const [seq, path] = [moment.peek()!, scope.peek()];
  const found = () => (direction === 1 ? places.all.filter(([at]) => at > seq) : places.all.filter(([at]) => at < seq).reverse());
  if (places.of === path && places.all.some(([at]) => at <= seq) && found().length > 0) return found();
  const { upTo, after } = await wire.ask({ type: 'moments', seq, limit: 300, ...(path !== undefined && { path }) });
  places = { of: path, all: [...upTo.toReversed(), ...after] };
  return found();
}

/** To the next event, or the one before. */
export async function step(direction: 1 | -1): Promise<void> {
  if (!isPast.peek()) return enter();
  try {
    const [next] = await beside(direction);
    if (next) moveTo(next[0]);
  } catch (error) {
    say((error as Error).message, { failed: true });
  }
}

/** To the last event by a time as people type it: `12:04`, `10m ago`. */
export async function goTo(text: string): Promise<void> {
  const time = timeIn(text, now.peek());
  if (time === undefined) return say(`"${text}" is no time: write 12:04, yesterday 12:04, 10m ago, or 2026-11-27 12:04`, { failed: true });
  try {
    const found = await seqAt((range) => wire.ask({ type: 'density', ...range }), time);
    if (found === undefined) say(`nothing is known of ${dateTime(time)}: the journal begins later`, { failed: true });
    else go(here({ at: found }));
  } catch (error) {
    say((error as Error).message, { failed: true });
  }
}

// ---------------------------------------------------------------- played

export const SPEEDS = [1, 2, 5, 10, 20, 50, 100] as const;
export const speed = signal<number>(10);
export const isPlaying = signal(false);

const TICK_MS = 100;
/** A pause in which nothing happened is played no longer than that. */
const LONGEST_MS = 1_500;

export function togglePlay(): void {
  if (!isPast.peek()) return;
  isPlaying.value = !isPlaying.peek();
  if (isPlaying.peek()) void play();
}

async function play(): Promise<void> {
  let time = known.peek()?.view?.at ?? 0;
  let waitedMs = 0;
  // Nobody sees a hidden page.
  while (isPlaying.peek() && isPast.peek() && isShown.peek()) {
    const coming = await beside(1).catch(() => []);
    const [first] = coming;
    if (!first) break;
    time += TICK_MS * speed.peek();
    waitedMs += TICK_MS;
    if (waitedMs >= LONGEST_MS) time = Math.max(time, first[1]);
    const reached = coming.findLast(([, at]) => at <= time);
    if (reached) {
      moveTo(reached[0]);
      waitedMs = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  isPlaying.value = false;
}

// ---------------------------------------------------------------- keys

/** Whether the key was one of time. */
export function pressInTime({ key, target }: KeyboardEvent): boolean {
  if (key === '[' || key === ']') void step(key === ']' ? 1 : -1);
  else if ((key === 'l' || key === 'L') && isPast.peek()) leave();
  else if (key === ' ' && isPast.peek() && !(target instanceof Element && target.closest('button, a, summary, [role=button]'))) togglePlay();
  else return false;
  return true;
}
