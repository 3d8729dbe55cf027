/**
 * What is amiss, gathered into incidents: what belongs together is told once when it begins and once when it is over. Pure; times
 * are ms since the epoch.
 */
import { z } from 'zod';
import { HOLD_CAUSES } from './lifecycle.ts';

/** What comes in so short a time is told in one message; what is over by then is not worth one. */
const GATHER_MS = 2_000;
/** An error that holds nobody yet: most are over by then, or hold somebody. */
const PATIENCE_MS = 60_000;
/** What comes back within so long was never over: a breaker tries, a job is restarted. */
const CALM_MS = 30_000;
const MOST_INCIDENTS = 500;
const MOST_TROUBLES = 100;

export const RISKS = ['low', 'medium', 'high'] as const;
export const risk = z.enum(RISKS);
export type Risk = z.infer<typeof risk>;

/** One thing that is amiss. `key`: while it lasts. `group`: with others of the same it is one incident. `until`: it ends by itself then. */
export const trouble = z.strictObject({
  key: z.string(),
  group: z.string(),
  job: z.string(),
  stage: z.string().nullable(),
  /** `disk_full`: nothing starts in any job. `resource`: nothing that needs what several jobs share. */
  cause: z.enum([...HOLD_CAUSES, 'doctor', 'disk_full', 'resource']),
  risk,
  reason: z.string(),
  fingerprint: z.string().nullable(),
  since: z.number(),
  until: z.number().nullable(),
});
export type Trouble = z.infer<typeof trouble>;

export const incident = z.strictObject({
  /** The same for ever: messages about it can be told apart by whoever gets one twice. */
  id: z.string(),
  group: z.string(),
  risk,
  openedAt: z.number(),
  troubles: z.array(trouble),
  /** Targets that were to hear of it so far. */
  told: z.array(z.string()),
  /** When it is told, or told to others because it has become worse; null once it was. */
  tellAt: z.number().nullable(),
  /** When it is over unless something of it comes back; null while something is amiss. */
  overAt: z.number().nullable(),
});
export type Incident = z.infer<typeof incident>;

const rank = (of: Risk) => RISKS.indexOf(of);
export const isAtLeast = (of: Risk, least: Risk): boolean => rank(of) >= rank(least);
const highest = (risks: readonly Risk[]): Risk => risks.reduce((a, b) => (isAtLeast(a, b) ? a : b));

/** The incidents after all that is amiss now is `troubles`. What belongs to an incident stays in it, whatever is said of it later. */
export function gathered(open: readonly Incident[], troubles: readonly Trouble[], at: number): Incident[] {
  const incidents = open.map((one) => ({ ...one, now: [] as Trouble[] }));
  const isOf = (one: Trouble) => ({ troubles }: Incident) => troubles.some(({ key }) => key === one.key);
  const others = troubles.filter((one) => {
    const known = incidents.find(isOf(one));
    known?.now.push(one);
    return !known;
  });
  for (const one of others) {
    // That what jobs share has failed is news, also for whoever was told that one of them is held for it.
    const isNews = ({ told }: Incident) => one.cause === 'resource' && told.length > 0;
    const known = incidents.find((incident) => incident.group === one.group || (!isNews(incident) && incident.now.some((other) => other.group === one.group)));
    if (known) known.now.push(one);
    else if (incidents.length < MOST_INCIDENTS) incidents.push({ ...beginning(one, at), now: [one] });
  }
  return incidents.map((one) => seen(one, at)).filter(({ told, overAt }) => told.length > 0 || overAt === null);
}

const beginning = ({ group, risk, job }: Trouble, at: number): Incident => ({ id: `${job}-${at.toString(36)}-${checksum(group)}`, group, risk, openedAt: at, troubles: [], told: [], tellAt: at + PATIENCE_MS, overAt: null });

function seen({ now, ...one }: Incident & { now: Trouble[] }, at: number): Incident {
  if (now.length === 0) return { ...one, overAt: one.overAt ?? at + CALM_MS };
  const risk = highest([one.risk, ...now.map(({ risk }) => risk)]);
  const soon = at + (now.every(({ cause }) => cause === 'doctor') ? PATIENCE_MS : GATHER_MS);
  const tellAt = one.tellAt !== null ? Math.min(one.tellAt, soon) : risk === one.risk ? null : soon;
  // What jobs share is what it is about until its end, also when one of them still has to recover.
  const shared = one.troubles.filter(({ cause, key }) => cause === 'resource' && !now.some((other) => other.key === key));
  return { ...one, troubles: [...now, ...shared].slice(0, MOST_TROUBLES), risk, tellAt, overAt: null };
}

/** What is to be told by `at`, and what is over by then. */
export function parted(open: readonly Incident[], at: number): { due: Incident[]; over: Incident[]; rest: Incident[] } {
  const isOver = ({ overAt }: Incident) => overAt !== null && overAt <= at;
  const isDue = (one: Incident) => !isOver(one) && one.tellAt !== null && one.tellAt <= at;
  return { due: open.filter(isDue), over: open.filter(isOver), rest: open.filter((one) => !isOver(one) && !isDue(one)) };
}

/** When something of them is due next. */
export const nextOf = (open: readonly Incident[]): number | undefined => soonest(open.flatMap(({ tellAt, overAt }) => [tellAt, overAt]));

export function soonest(times: readonly (number | null)[]): number | undefined {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** By FNV-1a: two incidents of one job that begin in the same moment are two. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return (hash >>> 0).toString(36);
}
