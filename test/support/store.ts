/** A store with what a test needs to drive it: specs, flushes of one thing each, settlements, and a look at the tasks. */
import { DEFAULT_BREAKER } from '../../machines/spec.ts';
import { expect, onTestFinished } from 'vitest';
import type { Candidate, Claim, EncodedError, ErrorClass, Outcome, Settlement } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { openStore, type Handle } from '../../runtime/store/open.ts';
import { storeOn, type Store } from '../../runtime/store/store.ts';
import { TASK_STATES, type Batch, type ClaimRequest, type Flushed, type TaskEdit, type TaskState } from '../../runtime/store/types.ts';

/** A job whose stages need what `stages` says. */
export function jobSpec(id: string, stages: Record<string, readonly string[]>, rest: Partial<JobSpec> = {}): JobSpec {
  return {
    id,
    handler: './handlers/job.ts',
    discovery: { strategy: 'manual', everyMs: 60_000, options: {} },
    stages: Object.entries(stages).map(([name, needs]) => ({
      name, needs: [...needs], concurrency: 10, resources: [], timeoutMs: 60_000, retry: { max: 3, baseMs: 1_000, capMs: 60_000 }, isolate: 'inline' as const,
    })),
    guards: { validate: false },
    requires: { env: [], bin: [] },
    breaker: DEFAULT_BREAKER,
    restart: { max: 5, withinMs: 60_000, stalledAfterMs: 60_000 },
    ...rest,
  };
}

/** A flush in which nothing happens. `at` in ms since the epoch. */
export function emptyBatch(at: number): Batch {
  return {
    at, day: '2026-11-24', journal: [], snapshots: [], gone: [], jobs: [], commands: [], memos: [], notes: [], notices: [], calls: [], settlements: [], found: [], edits: [], money: [], claims: [], slots: {}, tokens: {}, inFlight: 0,
  };
}

export const done = (output: unknown = { ok: true }): Outcome => ({ kind: 'done', output: JSON.stringify(output) });
export const failed = (kind: ErrorClass, message = 'no luck'): Outcome => ({ kind: 'failed', class: kind, error: encoded(message) });
export const encoded = (message: string): EncodedError => ({ name: 'Error', message });

type Ended = Partial<Omit<Settlement, 'claim' | 'result'>> & { cost?: number; artifacts?: Settlement['result']['artifacts'] };

/** One runner's view of a store. Its time stands still unless a test moves it. */
export class Desk {
  readonly store: Store;
  readonly db: Handle;
  at = 1_000_000;

  constructor(db: Handle, ...jobs: JobSpec[]) {
    this.db = db;
    this.store = storeOn(db);
    if (jobs.length > 0) this.store.declare(jobs);
    this.store.boot();
  }

  flush(parts: Partial<Batch> = {}): Flushed {
    return this.store.commit({ ...emptyBatch(this.at), ...parts });
  }

  /** New items, by key or as candidates; answers their ids in order. */
  find(job: string, ...candidates: (string | Candidate)[]): number[] {
    const all = candidates.map((candidate) => (typeof candidate === 'string' ? { key: candidate, data: {} } : candidate));
    this.flush({ found: [{ job, at: this.at, candidates: all }] });
    return all.map(({ key }) => this.itemId(job, key)!);
  }

  itemId(job: string, key: string): number | undefined {
    return this.db.prepare<[string, string], number>('SELECT id FROM item WHERE job = ? AND key = ?').pluck().get(job, key);
  }

  request(job: string, stage: string, limit = 10, resources: readonly string[] = []): ClaimRequest {
    return { job, stage, limit, resources };
  }

  claim(job: string, stage: string, limit = 10): Claim[] {
    return this.flush({ claims: [this.request(job, stage, limit)] }).claims;
  }

  /** Of the item itself; fails the test when it cannot be claimed. */
  claimOne(job: string, stage: string, itemId: number): Claim {
    const claim = this.claim(job, stage, 1)[0];
    expect(claim?.itemId, `a claim of item ${itemId} at ${stage}`).toBe(itemId);
    return claim!;
  }

  settlement(claim: Claim, outcome: Outcome, { cost = 0, artifacts = [], ...rest }: Ended = {}): Settlement {
    return { claim, result: { outcome, costMicroUsd: cost, artifacts }, startedAt: this.at, finishedAt: this.at, version: 1, lastTry: false, ...rest };
  }

  settle(claim: Claim, outcome: Outcome, ended: Ended = {}): Flushed {
    return this.flush({ settlements: [this.settlement(claim, outcome, ended)] });
  }

  /** Claims and settles an item at a stage. */
  run(job: string, stage: string, itemId: number, outcome: Outcome = done(), ended: Ended = {}): Flushed {
    return this.settle(this.claimOne(job, stage, itemId), outcome, ended);
  }

  edit(verb: TaskEdit['verb'], job: string, rest: Partial<TaskEdit> = {}): number {
    return this.flush({ edits: [{ verb, job, ...rest }] }).edited[0]!;
  }

  states(itemId: number): Record<string, TaskState> {
    return Object.fromEntries(this.store.tasks.ofItem(itemId).map(({ stage, state }) => [stage, state]));
  }

  task(itemId: number, stage: string) {
    return this.store.tasks.ofItem(itemId).find((task) => task.stage === stage)!;
  }

  attempts(itemId: number) {
    return this.store.tasks.attemptsWithoutOutput(itemId);
  }

  /** Puts a task into any state, as if it had come there, with the counts. */
  force(itemId: number, stage: string, state: TaskState, rest: { crash?: number; soloCrash?: number; tries?: number } = {}): void {
    const { crash = 0, soloCrash = 0, tries = 0 } = rest;
    const epoch = this.db.prepare('SELECT epoch FROM runner').pluck().get();
    this.db
      .prepare(
        `UPDATE task SET state = @state, due_at = iif(@state = 2, @at, NULL), epoch = iif(@state = 3, @epoch, NULL), started_at = @at, rejected_by = NULL, crash = @crash, solo_crash = @soloCrash, tries = @tries
          WHERE item_id = @itemId AND stage_id = (SELECT id FROM stage WHERE name = @stage)`,
      )
      .run({ state: stateNumber(state), at: this.at + 1_000, epoch, itemId, stage, crash, soloCrash, tries });
    this.db.exec('UPDATE task_count SET n = (SELECT count(*) FROM task WHERE task.stage_id = task_count.stage_id AND task.state = task_count.state)');
  }

  /** The process dies and another one starts: what was in memory is gone. */
  restart(...jobs: JobSpec[]): Desk {
    const next = new Desk(this.db, ...jobs);
    next.at = this.at;
    return next;
  }

  expectExactSums(): void {
    expectExactSums(this.db);
  }

  /** The counts that are maintained must be those that a scan finds. */
  expectExactCounts(): void {
    const scan = 'SELECT stage_id, state, count(*) AS n FROM task GROUP BY stage_id, state ORDER BY 1, 2';
    const kept = 'SELECT stage_id, state, n FROM task_count WHERE n <> 0 ORDER BY 1, 2';
    expect(this.db.prepare(kept).all(), 'maintained counts').toEqual(this.db.prepare(scan).all());
  }
}

/** The sums of money that are maintained must be those that a scan finds. */
export function expectExactSums(db: Handle): void {
  const part = (kind: string) => `sum(micro_usd * (kind = '${kind}'))`;
  const scan = `SELECT day, job, stage_id, ${part('actual')} AS settled, ${part('lost')} AS lost, ${part('reserve')} AS reserved FROM cost GROUP BY day, job, stage_id ORDER BY 1, 2, 3`;
  const kept = 'SELECT day, job, stage_id, settled, lost, reserved FROM cost_day WHERE settled + lost + reserved > 0 ORDER BY 1, 2, 3';
  const found = db.prepare<[], { settled: number; lost: number; reserved: number }>(scan).all();
  expect(db.prepare(kept).all(), 'maintained sums of money').toEqual(found.filter(({ settled, lost, reserved }) => settled + lost + reserved > 0));
}

/** In memory, with the jobs declared and booted; closed when the running test has ended, and its counts compared with a scan. */
export function deskWith(...jobs: JobSpec[]): Desk {
  const db = openStore(':memory:');
  const desk = new Desk(db, ...jobs);
  onTestFinished(() => {
    desk.expectExactCounts();
    desk.expectExactSums();
    db.close();
  });
  return desk;
}

const stateNumber = (state: TaskState): number => TASK_STATES.indexOf(state);
