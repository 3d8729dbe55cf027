/** What a job's discovery has met: its last polls, and the keys with the decision on each. Reads only. */
import type { Database } from 'better-sqlite3';
import type { DiscoveryView, PollView, SeenKeyView } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { DiscoveryEvent } from '../../machines/discovery.ts';
import { READABLE } from './actors.ts';
import { preparedFor } from './prepared.ts';
import { stateName } from './state-name.ts';

export type KeyDecision = SeenKeyView['decision'];

const POLLS = 10;

type SeenRow = Omit<SeenKeyView, 'reason' | 'item'> & { reason: string | null; item: number | null };
type Context = { nextAt: number; failures: number; lastError: { name: string; message: string } | null };

const statements = preparedFor((db) => ({
  actor: db.prepare<[string], { snapshot: string }>(`SELECT snapshot FROM actor WHERE path = ? AND ${READABLE}`),
  spec: db.prepare<[string], { spec: string }>('SELECT spec FROM job WHERE id = ?'),
  polls: db.prepare<[string, number], { at: number; event: string }>(
    `SELECT at, event FROM journal WHERE path = ? AND type IN ('discovery.polled', 'discovery.failed') ORDER BY seq DESC LIMIT ?`,
  ),
  counts: db.prepare<[string], { decision: KeyDecision; n: number }>('SELECT decision, count(*) AS n FROM seen WHERE job = ? GROUP BY decision'),
  // No index by time: a look at a hundred thousand keys takes 40 ms, and is taken by hand.
  keys: db.prepare<[{ job: string; decision: string | null; limit: number }], SeenRow>(
    `SELECT key, decision, reason, times, first_at AS firstAt, last_at AS lastAt, item_id AS item FROM seen
      WHERE job = @job AND (@decision IS NULL OR decision = @decision) ORDER BY last_at DESC, key LIMIT @limit`,
  ),
}));

/** The last polls, and the keys that were met last. */
export function readDiscovery(db: Database, job: string, { decision, limit }: { decision?: KeyDecision; limit: number }): DiscoveryView {
  const prepared = statements(db);
  const { discovery } = JSON.parse(prepared.spec.get(job)!.spec) as JobSpec;
  const row = prepared.actor.get(`job/${job}/discovery`);
  const actor = row && (JSON.parse(row.snapshot) as { value: unknown; context: Context });
  return {
    job,
    strategy: discovery.strategy,
    everyMs: discovery.everyMs,
    state: actor ? stateName(typeof actor.value === 'string' ? actor.value : JSON.stringify(actor.value)) : 'not started',
    nextAt: actor?.context.nextAt ?? null,
    failures: actor?.context.failures ?? 0,
    error: actor?.context.lastError ?? null,
    polls: prepared.polls.all(`job/${job}/discovery`, POLLS).map(({ at, event }) => ({ at, ...pollOf(JSON.parse(event) as DiscoveryEvent) })),
    decisions: Object.fromEntries(prepared.counts.all(job).map(({ decision: what, n }) => [what, n])),
    keys: prepared.keys.all({ job, decision: decision ?? null, limit }).map(({ reason, item, ...key }) => ({ ...key, ...(reason !== null && { reason }), ...(item !== null && { item }) })),
  };
}

function pollOf(event: DiscoveryEvent): Omit<PollView, 'at'> {
  if (event.type === 'discovery.polled') return { found: event.found };
  return event.type === 'discovery.failed' ? { error: event.error } : {};
}
