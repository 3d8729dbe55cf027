/** The simulated runtime with its real control port before it, and an operator who types `jobctl` lines. */
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { Charts } from '../../runtime/charts/charts.ts';
import { itemArtifact } from '../../runtime/item-artifacts.ts';
import { realClock } from '../../runtime/clock.ts';
import type { Reloaded } from '../../runtime/configuration.ts';
import { Commands, type Within } from '../../runtime/control/commands.ts';
import type { Answer, Command } from '../../inspector/protocol.ts';
import { Finding } from '../../runtime/control/finding.ts';
import type { ControlledRuntime } from '../../runtime/control/controlled.ts';
import { Operations, type OperationsWorld } from '../../runtime/control/operations.ts';
import { mailboxOf } from '../../runtime/control/busy.ts';
import { Queries } from '../../runtime/control/queries.ts';
import { startControl } from '../../runtime/control/server.ts';
import { assets } from './control.ts';
import { aliveIn } from '../../runtime/explain/alive.ts';
import { explain } from '../../runtime/explain/explain.ts';
import { Past } from '../../runtime/travel/past.ts';
import { acquireLock } from '../../runtime/store/lock.ts';
import { readActor } from '../../runtime/store/actors-view.ts';
import { readStatus } from '../../runtime/store/status.ts';
import { viewOf } from '../../runtime/control/accepting.ts';
import { jobctlHere, type Ran } from './jobctl.ts';
import { simulated, type Setting, type SimulatedRuntime } from './simulated-runtime.ts';
import { tempFolder } from './temp.ts';

/** `reload`: what `jobctl reload` does to the run; `start`: what `jobctl run` does to one that was killed. */
/** As jobs.yaml may name them. */
const MODELS = { fast: { model: 'gpt-4o-mini' }, own: { model: 'qwen3', baseUrl: 'http://localhost:11434/v1', price: { input: 0.5, output: 2 } }, odd: { model: 'nobody-knows', baseUrl: 'https://llm.example/v1' } };

export type Means = { reload?: (run: SimulatedRuntime) => Promise<void> };
/** `url`: of the control port. */
export type Operated = { run: SimulatedRuntime; data: string; url: string; jobctl(...args: string[]): Promise<Ran>; typed(line: string): Promise<Ran> };

/** A runner whose folder `jobctl` finds, as long as the test lasts. */
export async function operated(setting: Setting, { reload }: Means = {}): Promise<Operated> {
  const data = path.join(tempFolder({ 'jobs.yaml': 'jobs: {}' }), 'data');
  const lock = acquireLock(data);
  onTestFinished(() => lock.release());
  const run = await simulated({ ...setting, dataDir: data });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const control = await startControl({ clock: realClock, port: 0, dataDir: data, runtime: facing(run, data, reload), log, assets });
  onTestFinished(() => control.close());
  lock.announce({ pid: process.pid, startedAt: Date.now(), url: control.url, bootId: 'simulated' });
  const jobctl = (...args: string[]) => jobctlHere(data, args);
  return { run, data, url: control.url, jobctl, typed: (line) => jobctl(...wordsOf(line)) };
}

/** What only a process of its own has. */
const beside: Pick<OperationsWorld, 'file' | 'inForce' | 'beside' | 'clean' | 'signs' | 'connections' | 'diagnose'> = {
  file: 'jobs.yaml', inForce: () => '', beside: async () => ({ ok: true, text: '', changes: [] }), clean: (text) => text, signs: { look: () => ({ signs: [], lag: { p50: 0, p99: 0, most: 0 } }) }, connections: () => [],
  diagnose: () => Promise.reject(new Error('there is no process to look at')),
};

function facing(run: SimulatedRuntime, data: string, reload?: Means['reload']): ControlledRuntime {
  /** Flushes come as time goes on. */
  const settled = async <Value>(asked: Promise<Value>): Promise<Value> => {
    let isOver = false;
    const answer = asked.finally(() => (isOver = true));
    while (!isOver) await run.time.settle();
    return answer;
  };
  const past = new Past({ clock: realClock, dataDir: data });
  const execute = (command: Command, who: string, id: string, within?: Within): Promise<Answer> => settled(commands().execute(command, who, id, within));
  const finding = new Finding({ clock: { ...realClock, now: () => run.time.now }, db: run.db, past, execute, nextEdit: () => run.alive.store.edits.next(), endEdit: (edit, state) => settled(run.alive.ledger.edit({ verb: 'end', edit, state })) });
  const commands = () => {
    const { clock, ledger, store, tree } = run.alive;
    const reloading = async (): Promise<Reloaded> => {
      await reload?.(run);
      return { ok: true, changes: [] };
    };
    return new Commands({ bulks: finding.bulks, clock, ledger, store, recorder: tree.recorder, actor: tree.actor, jobs: () => run.jobs.map(({ id }) => id), reload: reloading, previewReload: reloading, stood: (path, to) => past.stood(path, to), stop: () => {} });
  };
  const actor = (path: string) => {
    const living = run.alive.tree.actor(path);
    return living ? viewOf(living) : readActor(run.db, path);
  };
  const charts = new Charts(realClock);
  onTestFinished(() => Promise.all([charts.close(), past.close()]).then(() => {}));
  const queries = new Queries({
    logNow: () => undefined, mailbox: (path) => mailboxOf(run.alive.tree.actor(path)),
    clock: realClock,
    db: run.db,
    finding,
    charts,
    past,
    operations: new Operations({
      clock: { now: () => run.time.now, defer: realClock.defer }, status: () => readStatus(run.db, run.time.now), db: run.db, ledger: { tokens: (bucket) => run.alive.ledger.tokens(bucket), useOf: (bucket) => run.alive.ledger.useOf(bucket) }, specs: () => run.jobs, actor,
      ...beside, past, about: { startedAt: run.time.now, bootId: 'simulated', dataDir: data }, flushes: () => run.alive.ledger.flushes, capacities: () => run.resources, models: () => ({ env: run.env, models: MODELS }),
    }),
    jobs: () => run.jobs.map(({ id }) => id),
    status: () => readStatus(run.db, run.time.now),
    why: (question) => ({ explanations: explain(question, { db: run.db, running: true, alive: aliveIn({ ...run.alive, capacities: run.resources }) }) }),
    actor,
  });
  return {
    bootId: 'simulated',
    jobs: run.jobs,
    seq: () => run.alive.tree.recorder.seq,
    read: (query) => queries.answer(query),
    artifact: (item, hash) => itemArtifact(run.db, data, item, hash),
    actor,
    follow: (path, watcher) => run.alive.tree.recorder.steps.watch(path, watcher),
    execute,
  };
}

/** As a shell would: words, and texts in quotes. */
function wordsOf(line: string): string[] {
  const [, rest = ''] = /^npx jobctl (.*)$/.exec(line) ?? [];
  if (rest === '') throw new Error(`"${line}" is no line for a terminal`);
  return [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare!);
}
