/** When pauses with an end have ended, as the journal of the lifecycles says. */
import type { Holds } from '../../../machines/lifecycle.ts';
import type { Handle } from '../../../runtime/store/open.ts';
import { JOBS } from '../place.ts';
import { findings, type Finding } from './finding.ts';

/** Later than this is late, on a machine with a core for everybody: a deadline that is set anew at a restart would be seconds late. */
const TOLERANCE_MS = 500;

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
  let until: number | undefined;
  /** Ends of what else holds the job, a breaker that cools down, by its cause. */
  const others = new Map<string, number>();
  /** Since when there is somebody to end it. */
  let inForceSince = 0;
  for (const { at, type, event } of entries) {
    const lateness = until === undefined ? undefined : at - Math.max(until, inForceSince);
    if (lateness !== undefined && lateness > toleranceMs && !BEGINS.has(type)) report(`was still held ${lateness} ms after the end of its pause`);
    if (BEGINS.has(type) || type === 'PAUSE') inForceSince = at;
    // What the last one died of was not carried out: the new one says what it begins with.
    if (type === 'xstate.init') {
      const holds = holdsOf(JSON.parse(event) as Init);
      until = holds.operator?.until;
      others.clear();
      for (const [cause, hold] of Object.entries(holds)) if (cause !== 'operator' && hold.until !== undefined) others.set(cause, hold.until);
    } else if (type === 'PAUSE') ({ until } = JSON.parse(event) as { until?: number });
    else if (type === 'RESUME') {
      until = undefined;
      others.clear();
    } else if (type === 'hold.placed' || type === 'hold.lifted') {
      const hold = JSON.parse(event) as { cause: string; until?: number };
      if (type === 'hold.placed' && hold.until !== undefined) others.set(hold.cause, hold.until);
      else others.delete(hold.cause);
    } else if (type.startsWith('xstate.after')) {
      const over = [...others].filter(([, end]) => end <= at);
      for (const [cause] of over) others.delete(cause);
      if (over.length > 0 && (until === undefined || at < until)) continue;
      if (lateness === undefined) report('ended a pause that had no end, or none at all');
      else if (at < until!) report(`ended a pause ${until! - at} ms too early`);
      else found.latenessMs.push(lateness);
      until = undefined;
    }
  }

  function report(what: string): void {
    found.findings.push({ claim: 'lapsed', what: `${job} ${what}` });
  }
}

type Init = { input: { holds?: Holds; resumed?: { context: { holds: Holds } } } };

const holdsOf = ({ input: { resumed, holds = resumed?.context.holds } }: Init): Holds => holds ?? {};

/** At the end of it all, when every pause is over: what is still held. */
export const overdue = (db: Handle): Finding[] =>
  findings(
    'lapsed',
    db.prepare<[], { job: string; reason: string; until: number | null }>('SELECT job, reason, until FROM hold').all(),
    ({ job, reason, until }) => `${job} is still held at the end, by ${reason}${until === null ? '' : ` until ${new Date(until).toISOString()}`}`,
  );
