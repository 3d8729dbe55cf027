/**
 * The operators' side of a runner: commands, questions, the port, and what is told to whoever looks. It is loaded when the work has
 * begun: it is a third of all code, and the first task waits for none of it.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, Log } from '../../actors/ports.ts';
import type { ActorView, Answer, Command, RunnerView, StatusView } from '../../inspector/protocol.ts';
import type { JobSpec } from '../../machines/spec.ts';
import type { RunnerBudget } from '../budget.ts';
import { Charts } from '../charts/charts.ts';
import type { ConfigInForce } from '../config-in-force.ts';
import type { LiveConfiguration, Reloaded } from '../configuration.ts';
import { Diagnosis } from '../diagnosis.ts';
import type { DiskSpace } from '../disk-space.ts';
import { every } from '../every.ts';
import { aliveIn } from '../explain/alive.ts';
import { explain, type Question } from '../explain/explain.ts';
import type { LoadingHandlers } from '../handlers/handlers.ts';
import { itemArtifact, type StoredArtifact } from '../item-artifacts.ts';
import type { GroupCommit } from '../ledger/ledger.ts';
import { Page } from '../page/page.ts';
import type { Watcher } from '../recorder/steps.ts';
import { readActor } from '../store/actors-view.ts';
import { readStatus } from '../store/status.ts';
import type { Store } from '../store/store.ts';
import { Past } from '../travel/past.ts';
import type { Tree } from '../tree.ts';
import { VitalSigns } from '../vital-signs.ts';
import { viewOf } from './accepting.ts';
import { mailboxOf } from './busy.ts';
import { Commands } from './commands.ts';
import type { ControlledRuntime } from './controlled.ts';
import { Finding } from './finding.ts';
import { Operations } from './operations.ts';
import { Queries, type Read, type ReadQuery } from './queries.ts';
import { startControl, type Control } from './server.ts';
import { watchWakeFiles } from './wake-files.ts';

const PATCH_MS = 250;
/** What a command has changed is told at once, but not more often. */
const LEAST_PATCH_MS = 50;

/** What it has of the runner. */
export type RoomWorld = {
  clock: Clock;
  log: Log;
  env: Readonly<Record<string, string | undefined>>;
  dataDir: string;
  /** 0 takes any free one. */
  port: number;
  readOnly: boolean;
  bootId: string;
  /** Ms since the epoch. */
  startedAt: number;
  config: ConfigInForce;
  configuration: LiveConfiguration;
  store: Store;
  ledger: GroupCommit;
  tree: Tree;
  space: DiskSpace;
  budget: RunnerBudget;
  handlers: LoadingHandlers;
  reload(who: string): Promise<Reloaded>;
  guarded(look: () => void): () => void;
  stop(): void;
};

export class ControlRoom implements ControlledRuntime {
  private readonly world: RoomWorld;
  private readonly past: Past;
  private readonly finding: Finding;
  private readonly commands: Commands;
  private readonly queries: Queries;
  private readonly closing: { close(): unknown }[] = [];
  private control: Control | undefined;
  /** Tells clients what has changed. */
  private patch = (): void => {};

  constructor(world: RoomWorld) {
    const { clock, store, ledger, tree, config, configuration, dataDir } = world;
    this.world = world;
    this.past = new Past({ clock, dataDir });
    this.finding = new Finding({
      clock, past: this.past, db: store.db, execute: (command, who, id, within) => this.commands.execute(command, who, id, within), nextEdit: store.edits.next, endEdit: (edit, state) => ledger.edit({ verb: 'end', edit, state }),
    });
    this.commands = new Commands({
      bulks: this.finding.bulks,
      clock, store, ledger, recorder: tree.recorder, actor: tree.actor,
      jobs: () => config.jobs.map(({ id }) => id), reload: world.reload, previewReload: () => configuration.preview(), stood: (path, to) => this.past.stood(path, to), stop: world.stop,
    });
    this.queries = this.answers();
  }

  /** Lets operators in; rejects with the way out when the port cannot be opened. */
  async open(): Promise<void> {
    const { clock, log, dataDir, port, readOnly, guarded } = this.world;
    const control = await startControl({ clock, port, dataDir, runtime: this, log, assets: new Page(), readOnly });
    this.control = control;
    this.patch = guarded(this.patching(control));
    this.closing.push(
      control,
      watchWakeFiles({ clock, log, dataDir, jobs: () => this.jobs.map(({ id }) => id), wake: (job) => void this.wakeByFile(job) }),
      every(clock, PATCH_MS, this.patch),
    );
  }

  async close(): Promise<void> {
    for (const part of this.closing) await part.close();
  }

  get bootId(): string {
    return this.world.bootId;
  }

  get jobs(): readonly JobSpec[] {
    return this.world.config.jobs;
  }

  get url(): string {
    return this.control!.url;
  }

  /** With a code that lets one browser in. */
  openUrl(): string {
    return this.control!.openUrl();
  }

  seq(): number {
    return this.world.tree.recorder.seq;
  }

  status(): StatusView {
    const { store, clock } = this.world;
    return readStatus(store.db, clock.now(), this.runnerView());
  }

  read(query: ReadQuery): Promise<Read> {
    return this.queries.answer(query);
  }

  artifact(item: number, hash: string): StoredArtifact | undefined {
    return itemArtifact(this.world.store.db, this.world.dataDir, item, hash);
  }

  /** Also one that has died and is to be started again. */
  actor(path: string): ActorView | undefined {
    const { tree, store } = this.world;
    const actor = tree.actor(path);
    return actor ? viewOf(actor, { setAt: (event) => tree.recorder.timerSetAt(actor, event), begunAt: tree.recorder.begunAt }) : readActor(store.db, path);
  }

  follow(path: string, watcher: Watcher): () => void {
    return this.world.tree.recorder.steps.watch(path, watcher);
  }

  async execute(command: Command, who: string, id: string): Promise<Answer> {
    const answer = await this.commands.execute(command, who, id);
    this.world.clock.defer(() => this.patch());
    return answer;
  }

  /** Commands that were given while no runner lived. */
  async takeUpPending(): Promise<void> {
    for (const { id, who, command } of this.world.store.commands.pending()) {
      const answer = await this.execute(JSON.parse(command) as Command, who, id);
      this.world.log.info(`applied what was given while stopped: ${command}`, answer.ok ? {} : { refused: answer.message });
    }
  }

  private answers(): Queries {
    const { clock, store, tree, handlers } = this.world;
    const charts = new Charts(clock);
    this.closing.push(charts, this.past);
    return new Queries({
      clock, db: store.db, charts, finding: this.finding, past: this.past, operations: this.operations(), jobs: () => store.jobs.all().map(({ job }) => job), status: () => this.status(), actor: (path) => this.actor(path),
      mailbox: (path) => mailboxOf(tree.actor(path)), logNow: (attempt) => handlers.logNow(attempt), why: (question) => this.why(question),
    });
  }

  private why(question: Question) {
    const { config, store, ledger, budget, space } = this.world;
    return { explanations: explain(question, { db: store.db, running: true, alive: aliveIn({ capacities: config.capacities(), ledger, budget, space }) }) };
  }

  private operations(): Operations {
    const { clock, env, dataDir, config, configuration, store, ledger, handlers, bootId, startedAt } = this.world;
    const signs = new VitalSigns(clock, () => ledger.flushes);
    const diagnosis = new Diagnosis({ clock, config: config.file, dataDir, env });
    this.closing.push(signs, diagnosis);
    return new Operations({
      clock, ledger, past: this.past, signs, about: { bootId, startedAt, dataDir }, db: store.db, file: config.file, specs: () => config.jobs, status: () => this.status(), actor: (path) => this.actor(path), inForce: () => config.current.text,
      beside: () => configuration.beside(), clean: (text) => handlers.clean(text), flushes: () => ledger.flushes, connections: () => this.control?.connections() ?? [], diagnose: () => diagnosis.make(),
      capacities: () => config.capacities(), models: () => ({ env, models: config.models, doctor: config.doctor.llm }),
    });
  }

  private runnerView(): RunnerView {
    const { space: { reason, since }, bootId, clock, startedAt } = this.world;
    const state = reason === undefined ? 'running' : 'degraded';
    const about = { pid: process.pid, bootId, uptimeMs: clock.now() - startedAt, url: this.url };
    return { state, ...(reason !== undefined && { reason }), ...(since !== undefined && { since }), ...about };
  }

  private async wakeByFile(job: string): Promise<void> {
    const answer = await this.execute({ type: 'WAKE', job }, 'wake-file', randomUUID());
    if (!answer.ok) this.world.log.warn(`the wake file of ${job} had no effect: ${answer.message}`);
  }

  private patching(control: Control): () => void {
    const { clock, ledger, space } = this.world;
    let [last, at] = ['', -Infinity];
    return () => {
      const now = `${this.seq()} ${ledger.flushes} ${space.since}`;
      if (now === last || !control.hasClients() || clock.monotonic() < at + LEAST_PATCH_MS) return;
      [last, at] = [now, clock.monotonic()];
      control.broadcast({ seq: this.seq(), ...this.status() });
    };
  }
}
