/** The tree of actors: restored from rows where they can be used, and recorded from its first event on. */
import { createActor, type AnyActorRef } from 'xstate';
import { supervisor } from '../actors/supervisor.ts';
import type { Ports } from '../actors/ports.ts';
import type { Standing } from '../machines/lifecycle.ts';
import { errorOf } from '../machines/restarts.ts';
import type { JobSpec } from '../machines/spec.ts';
import type { Plan } from '../machines/supervisor.ts';
import { haveSpec, knowStanding, standingOf } from './in-step.ts';
import type { GroupCommit } from './ledger/ledger.ts';
import { rearm } from './recorder/rearm.ts';
import { createRecorder, type Recorder } from './recorder/recorder.ts';
import { inflate, missingBelow } from './recorder/restore.ts';
import { safeInspector } from './recorder/safe-inspector.ts';
import { salvage, type Kept } from './recorder/salvage.ts';
import type { Store } from './store/store.ts';

export type Tree = { root: AnyActorRef; recorder: Recorder; actor(path: string): AnyActorRef | undefined; restored: number };

type TreeOptions = { ports: Ports; ledger: GroupCommit; store: Store; plan: Plan; specOf(job: string): JobSpec; onDeath(error: unknown): void };

export function startTree({ ports, ledger, store, plan, specOf, onDeath }: TreeOptions): Tree {
  const { clock } = ports;
  const at = clock.now();
  const standings = standingsOf(store);
  const rows = usableRows({ store, standings, plan, at, log: ports.log });
  const recorder = createRecorder({ now: () => clock.now(), lastSeq: store.journal.lastSeq(), record: (entry) => ledger.record(entry), onDeath: (path, { stack, ...error }) => ports.log.error(`${path} has died: ${errorOf({ error })}`, { stack }) });
  const actorRows = ledger.attach(recorder);

  const root = createActor(supervisor(ports, specOf, recorder.wrap as never), {
    clock: { setTimeout: (run: () => void, ms: number) => clock.setTimeout(run, ms), clearTimeout: (timer: unknown) => clock.clearTimeout(timer) },
    inspect: safeInspector(recorder.inspect, (error) => ports.log.error(`the journal may miss who caused what: ${error.message}`, { stack: error.stack })),
    input: { at, standings, ...plan },
    snapshot: inflate(rows),
  } as never) as AnyActorRef;
  const actor = (path: string) => (path === 'supervisor' ? root : (root.system.get(path) as AnyActorRef | undefined));
  recorder.hookTimers(root.system);
  for (const row of rows) {
    recorder.remember(actor(row.path)!, row.seq, row.mark);
    actorRows.adopt(actor(row.path)!);
    if (row.anew || row.lifted !== undefined) recorder.beginsAnew(actor(row.path)!, row.lifted);
  }
  root.subscribe({ error: onDeath });
  root.start();

  for (const { path } of rows) rearm(actor(path)!, at);
  // Parents first: they start what is missing before anybody else is told.
  const missing = missingBelow(rows);
  for (const { path, parent } of rows) {
    const restored = actor(path);
    if (restored) recorder.tell(restored, { type: 'actor.restored', at, missing: missing.get(path)!, ...(parent === null && { standings }) });
  }
  if (rows.length > 0 && !follows(root, plan)) root.send({ type: 'config.changed', at, ...plan });
  if (rows.length > 0) plan.jobs.forEach(bringInStep);
  return { root, recorder, actor, restored: rows.length };

  function bringInStep(spec: JobSpec): void {
    const job = actor(`job/${spec.id}`);
    if (!haveSpec(actor, spec)) job?.send({ type: 'spec.changed', at, spec });
    if (!knowStanding(actor, spec)) job?.send(recorder.from({ type: 'lifecycle.changed', at, ...standingOf(actor, spec.id) }, { source: `job/${spec.id}/lifecycle`, cause: null }));
  }
}

/** Whether the restored tree has the configuration of today already: then nobody needs to load anything twice. */
function follows(root: AnyActorRef, plan: Plan): boolean {
  const { jobs, resources, upstream } = (root.getSnapshot() as { context: Plan }).context;
  return JSON.stringify([jobs, resources, upstream]) === JSON.stringify([plan.jobs, plan.resources, plan.upstream]);
}

/** What cannot be used is put aside, loudly. */
function usableRows({ store, standings, plan, at, log }: { store: Store; standings: Record<string, Standing>; plan: Plan; at: number; log: Ports['log'] }): Kept[] {
  const { actors, aside, stale } = salvage({ rows: store.actors.all(), standings, specs: plan.jobs, at });
  for (const { row, problem } of aside) {
    log.warn(`the stored state of ${row.path} cannot be used: it starts fresh`, { problem });
    store.actors.putAside(row, problem, at);
  }
  stale.forEach(store.actors.remove);
  return actors;
}

/** What the rows say of each job. Whether one that drains is drained shows when its stages have spoken. */
const standingsOf = (store: Store): Record<string, Standing> =>
  Object.fromEntries(store.jobs.all().map(({ job, holds, draining }) => [job, { holds, drain: draining ? 'draining' : 'flowing' }]));
