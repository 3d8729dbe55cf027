/** What a lane of the flow shows beside its counts: the last day by hours, who waits longest, and what came from another job. Reads only. */
import type { ChainView, FlowView, HoursView, OldestView } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { firstFrom, lastUpTo } from './density-view.ts';
import type { Handle } from './open.ts';
import { preparedFor } from './prepared.ts';
import { READY } from './states.ts';
import { TASK_STATES } from './types.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const MINUTE_MS = 60_000;
const FEW_SEEN = 10_000;
const SOON_MS = 5_000;
/** So many of a queue are looked through, from its head. */
const LOOKED_THROUGH = 500;

type StageRow = { id: number; job: string; name: string };
/** Tasks that had ended by a moment. */
type Ended = { done: number; failed: number };
type Moment = { stage: number; seq: number; at: number };

const statements = preparedFor((db) => ({
  stages: db.prepare<[], StageRow>('SELECT id, job, name FROM stage WHERE active = 1 ORDER BY job, position'),
  specs: db.prepare<[], { id: string; spec: string }>('SELECT id, spec FROM job WHERE archived = 0 ORDER BY id'),
  then: db.prepare<[Moment], string>('SELECT counts FROM count_then WHERE stage_id = @stage AND (seq < @seq OR (seq = @seq AND at <= @at)) ORDER BY seq DESC, at DESC LIMIT 1').pluck(),
  // What was before nobody has kept: it began as it was first known.
  first: db.prepare<[number], string>('SELECT counts FROM count_then WHERE stage_id = ? ORDER BY seq, at LIMIT 1').pluck(),
  now: db.prepare<[number], string>('SELECT json_group_object(state, n) FROM task_count WHERE stage_id = ? AND n > 0').pluck(),
  oldest: db.prepare<[number], number | null>(
    `SELECT min(item_id) FROM (SELECT item_id FROM task WHERE stage_id = ? AND state = ${READY} AND crash < 2 ORDER BY lane, rank, item_id LIMIT ${LOOKED_THROUGH})`,
  ).pluck(),
  since: db.prepare<[{ stage: number; item: number }], number>(
    `SELECT max(created_at, ifnull((SELECT max(finished_at) FROM stage_need JOIN task ON task.item_id = @item AND task.stage_id = need_id WHERE stage_need.stage_id = @stage), 0)) FROM item WHERE id = @item`,
  ).pluck(),
  decisions: db.prepare<[string], { decision: string; n: number }>('SELECT decision, count(*) AS n FROM seen WHERE job = ? GROUP BY decision'),
}));

/** A look is cheap, for how it stood at a full hour is read once, and keys that were met are counted now and then. */
export class Flow {
  private readonly db: Handle;
  private readonly past = new Map<number, Map<number, Ended>>();
  private counted: { until: number; chains: ChainView[] } | undefined;

  constructor(db: Handle) {
    this.db = db;
  }

  /** @param now ms since the epoch */
  read(now: number): FlowView {
    const stages = statements(this.db).stages.all();
    if (!this.counted || now >= this.counted.until || now < this.counted.until - MINUTE_MS) this.recount(now);
    return { hours: this.hours(stages, now), chains: this.counted!.chains, oldest: this.oldest(stages) };
  }

  /** What is counted quickly is counted often. */
  private recount(now: number): void {
    const chains = this.chains();
    const seen = chains.reduce((sum, chain) => sum + chain.seen, 0);
    this.counted = { until: now + (seen < FEW_SEEN ? SOON_MS : MINUTE_MS), chains };
  }

  /** Full hours, and the one that is not over. */
  private hours(stages: readonly StageRow[], now: number): HoursView {
    const first = Math.floor(now / HOUR_MS) * HOUR_MS - (HOURS - 1) * HOUR_MS;
    const ends = Array.from({ length: HOURS }, (_, n) => first + n * HOUR_MS);
    for (const known of this.past.keys()) if (known < first) this.past.delete(known);
    const moments = [...ends.map((at) => this.endedBy(at, stages)), this.endedNow(stages)];
    const jobs: HoursView['jobs'] = {};
    for (const { id, job } of stages) {
      const of = (jobs[job] ??= { done: Array.from({ length: HOURS }, () => 0), failed: Array.from({ length: HOURS }, () => 0) });
      for (let n = 0; n < HOURS; n++) {
        const [before, after] = [moments[n]!.get(id), moments[n + 1]!.get(id)];
        // What was taken back is no work that was done.
        of.done[n]! += Math.max(0, (after?.done ?? 0) - (before?.done ?? 0));
        of.failed[n]! += Math.max(0, (after?.failed ?? 0) - (before?.failed ?? 0));
      }
    }
    return { from: first, jobs };
  }

  private endedBy(at: number, stages: readonly StageRow[]): Map<number, Ended> {
    const known = this.past.get(at);
    if (known) return known;
    const seq = seqBy(this.db, at);
    const { then, first, now } = statements(this.db);
    const ended = new Map(stages.map(({ id }) => [id, endedIn((seq === undefined ? undefined : then.get({ stage: id, seq, at })) ?? first.get(id) ?? now.get(id)!)]));
    this.past.set(at, ended);
    return ended;
  }

  private endedNow(stages: readonly StageRow[]): Map<number, Ended> {
    return new Map(stages.map(({ id }) => [id, endedIn(statements(this.db).now.get(id)!)]));
  }

  private oldest(stages: readonly StageRow[]): OldestView[] {
    const { oldest, since } = statements(this.db);
    return stages.flatMap(({ id, job, name }) => {
      const item = oldest.get(id);
      return item == null ? [] : [{ job, stage: name, item, since: since.get({ stage: id, item })! }];
    });
  }

  private chains(): ChainView[] {
    const { specs, decisions } = statements(this.db);
    return specs.all().flatMap(({ id, spec }) => {
      const { strategy, options } = (JSON.parse(spec) as JobSpec).discovery;
      if (strategy !== 'tracker_query') return [];
      const { job, stage, min_score: least, field = 'score' } = options as { job: string; stage?: string; min_score?: number; field?: string };
      const counts = new Map(decisions.all(id).map(({ decision, n }) => [decision, n]));
      const seen = counts.values().reduce((sum, n) => sum + n, 0);
      return [{ from: job, to: id, ...(stage !== undefined && { stage }), ...(least !== undefined && { threshold: `${field} ≥ ${least}` }), seen, taken: seen - (counts.get('filtered') ?? 0) }];
    });
  }
}

/** The last entry of the journal by a time; undefined before its first. */
function seqBy(db: Handle, at: number): number | undefined {
  let [low, high] = [firstFrom(db, 0), lastUpTo(db, Number.MAX_SAFE_INTEGER)];
  if (!low || !high || low.at > at) return undefined;
  while (low.seq < high.seq) {
    const middle: { seq: number; at: number } = firstFrom(db, Math.ceil((low.seq + high.seq) / 2))!;
    if (middle.at <= at) low = middle;
    else high = lastUpTo(db, middle.seq - 1)!;
  }
  return low.seq;
}

function endedIn(counts: string): Ended {
  const byState = JSON.parse(counts) as Record<string, number>;
  const n = (state: (typeof TASK_STATES)[number]) => byState[TASK_STATES.indexOf(state)] ?? 0;
  return { done: n('done') + n('skipped'), failed: n('failed') + n('dead') };
}
