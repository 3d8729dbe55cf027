/** When pauses with an end have ended, as the journal of the lifecycles says. */
import type { Holds } from '../../../machines/lifecycle.ts';
import type { Handle } from '../../../runtime/store/open.ts';
import { JOBS } from '../place.ts';
import { findings, type Finding } from './finding.ts';

/** Later than this is late, on a machine with a core for everybody: a deadline that is set anew at a restart would be seconds late. */
const TOLERANCE_MS = 500;
const TIMER_MS = 1;

/** Somebody is there again who can end it: after a restart of the process, or of the lifecycle alone. */
const BEGINS: ReadonlySet<string> = new Set(['actor.restored', 'xstate.init']);

type Entry = { at: number; type: string; event: string };
export type Lapses = { findings: Finding[]; latenessMs: number[] };

/**
 * A pause whose end came while no runner lived, or no lifecycle, ends when the next one is there.
 * @param crowd processes that want to run, for each core: of a second of time, a runner gets that part
 */
export function lapses(db: Handle, crowd: number): Lapses {
  const journal = db.prepare<[string], Entry>('SELECT at, type, event FROM journal WHERE path = ? ORDER BY seq');
  const found: Lapses = { findings: [], latenessMs: [] };
  const toleranceMs = TOLERANCE_MS * Math.max(1, crowd);
  for (const job of JOBS) follow(job, journal.all(`job/${job}/lifecycle`), toleranceMs, found);
  return found;
}

function follow(job: string, entries: readonly Entry[], toleranceMs: number, found: Lapses): void {
  const report = (what: string) => found.findings.push({ claim: 'lapsed', what: `${job} ${what}` });
  const ends: Ends = new Map();
  /** Since when there is somebody to end it. */
  let inForceSince = 0;
  for (const { at, type, event } of entries) {
    const until = ends.get('operator');
    const lateness = until === undefined ? 0 : at - Math.max(until, inForceSince);
    if (lateness > toleranceMs && !BEGINS.has(type)) report(`was still held ${lateness} ms after the end of its pause`);
    if (BEGINS.has(type) || type === 'PAUSE') inForceSince = at;
    if (!type.startsWith('xstate.after')) {
      change(ends, JSON.parse(event) as Told);
      continue;
    }
    // Node's timers may come a millisecond before their time: then nothing ends, and the lifecycle waits for the rest.
    const over = [...ends].filter(([, end]) => end <= at).map(([cause]) => cause);
    const early = Math.min(...ends.values()) - at;
    if (over.length === 0 && !(early <= TIMER_MS)) report(ends.size === 0 ? 'ended a pause that had no end, or none at all' : `was to end a pause ${early} ms too early`);
    if (over.includes('operator')) found.latenessMs.push(lateness);
    for (const cause of over) ends.delete(cause);
  }
}

/** When what holds a job is over, by its cause: a pause, a breaker that cools down. What has no end is not among it. */
type Ends = Map<string, number>;
type Told = { type: string; cause?: string; until?: number; input?: { holds?: Holds; resumed?: { context: { holds: Holds } } } };

function change(ends: Ends, { type, cause = 'operator', until, input }: Told): void {
  switch (type) {
    // What the last one died of was not carried out: the new one says what it begins with.
    case 'xstate.init':
      ends.clear();
      for (const [cause, hold] of Object.entries(input?.holds ?? input?.resumed?.context.holds ?? {})) if (hold.until !== undefined) ends.set(cause, hold.until);
      return;
    case 'RESUME':
      return ends.clear();
    case 'PAUSE':
    case 'hold.placed':
    case 'hold.lifted':
      ends.delete(cause);
      if (type !== 'hold.lifted' && until !== undefined) ends.set(cause, until);
  }
}

/** At the end of it all, when every pause is over: what is still held. A job that comes and goes with the texts keeps its holds while it is away. */
export const overdue = (db: Handle): Finding[] =>
  findings(
    'lapsed',
    db.prepare<[], { job: string; reason: string; until: number | null }>('SELECT job, reason, until FROM hold').all().filter(({ job }) => (JOBS as readonly string[]).includes(job)),
    ({ job, reason, until }) => `${job} is still held at the end, by ${reason}${until === null ? '' : ` until ${new Date(until).toISOString()}`}`,
  );
