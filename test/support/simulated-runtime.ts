/**
 * The whole tree of actors on a real store in memory, a real group commit and real sources; only time, chance and the
 * handlers are a test's. What must be true after every run is looked at when the test has ended.
 */
import { expect, onTestFinished } from 'vitest';
import type { AnyActorRef } from 'xstate';
import { type AttemptLog, VALIDATE, type Claim, type Clock, type Configuration, type Outcome, type Ports, type Result, type Strategy } from '../../actors/ports.ts';
import { manual } from '../../actors/strategies/manual.ts';
import { tracker_query } from '../../actors/strategies/tracker-query.ts';
import { usersOf } from '../../machines/breaker.ts';
import type { BreakerSpec, DoctorSpec, JobSpec, NotifySpec, RateSpec, ResourceSpec } from '../../machines/spec.ts';
import { RunnerCanaries } from '../../runtime/canaries.ts';
import { RunnerBudget } from '../../runtime/budget.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { ConfigInForce, ratesOf } from '../../runtime/config-in-force.ts';
import { LiveConfiguration } from '../../runtime/configuration.ts';
import { RunnerActions } from '../../runtime/doctor/actions.ts';
import { RunnerCasebook, type Consult } from '../../runtime/doctor/casebook.ts';
import { noModel } from '../../runtime/doctor/consult.ts';
import { createDoctor, type Doctor } from '../../runtime/doctor/doctor.ts';
import { DiskSpace } from '../../runtime/disk-space.ts';
import type { Validation } from '../../runtime/handlers/define.ts';
import { createWeb } from '../../runtime/http/web.ts';
import { encodeError } from '../../runtime/handlers/encode-error.ts';
import { GroupCommit } from '../../runtime/ledger/ledger.ts';
import type { Message } from '../../runtime/notify/message.ts';
import { RunnerNotices } from '../../runtime/notify/notices.ts';
import type { Delivery } from '../../runtime/notify/services/service.ts';
import { pathOf } from '../../runtime/recorder/recorder.ts';
import { replayAll } from '../../runtime/recorder/replay.ts';
import { createRequirements } from '../../runtime/requirements.ts';
import { RunnerResourceHealth } from '../../runtime/resource-health.ts';
import { SecretMarks } from '../../runtime/secret-marks.ts';
import { createSources } from '../../runtime/sources.ts';
import { openResources } from '../../runtime/store/resources-view.ts';
import { openStore, type Handle } from '../../runtime/store/open.ts';
import { storeOn, type Store } from '../../runtime/store/store.ts';
import type { JournalEntry, TaskEdit, TaskState } from '../../runtime/store/types.ts';
import { startTree, type Tree } from '../../runtime/tree.ts';
import { nobodyToAsk } from './nobody-to-ask.ts';
import { SimulatedTime } from './simulated-clock.ts';
import { done, expectExactSums } from './store.ts';

/** What a handler does with a claim; `undefined` is done. It may take time: `run.sleep(ms)`. */
export type Work = (claim: Claim, signal: AbortSignal, run: SimulatedRuntime) => Outcome | void | Promise<Outcome | void>;
export type Setting = {
  jobs?: readonly JobSpec[];
  /** A jobs.yaml, instead of `jobs`: read, watched and reloaded as by a runner. */
  file?: string;
  /** What the jobs may require. */
  env?: Record<string, string | undefined>;
  /** By stage, or by `job/stage`. */
  handle?: Record<string, Work>;
  /** Micro-dollars that an attempt has cost beside its calls. */
  cost?: (claim: Claim) => number;
  strategies?: readonly Strategy<any>[];
  resources?: Record<string, number>;
  /** How fast what uses a resource may start. */
  rates?: Record<string, RateSpec>;
  /** Where the store is a file, for what opens it a second time; in memory when left out. */
  dataDir?: string;
  /** On how many items the same error is not theirs. */
  evidence?: DoctorSpec['evidence'];
  /** Whom the doctor asks; nobody when left out. */
  consult?: Consult;
};
type Life = { clock: ReturnType<SimulatedTime['clock']>; store: Store; ledger: GroupCommit; budget: RunnerBudget; doctor: Doctor; doctorActions: RunnerActions; tree: Tree; space: DiskSpace };

/** A start of a handler, as the runtime asked for it. */
export type Start = Pick<Claim, 'job' | 'stage' | 'key' | 'attempt'> & { at: number };

const BEGIN = Date.parse('2026-11-24T12:00:00Z');

export class SimulatedRuntime {
  readonly time = new SimulatedTime(BEGIN);
  readonly db: Handle;
  readonly handle: Record<string, Work>;
  cost: (claim: Claim) => number;
  notify: NotifySpec = { targets: [] };
  /** What was delivered, in order. */
  readonly sent: (Message & { to: string })[] = [];
  /** What comes of a message. */
  carry: (message: Message, target: string) => Delivery | Promise<Delivery> = () => ({ ok: true, said: 'ok' });
  /** What is told to whom. */
  told!: RunnerNotices;
  /** The own check of every handler: what it finds amiss. */
  validate: (given: Validation, job: string) => string | undefined | Promise<string | undefined> = () => undefined;
  /** Messages of stages whose code cannot be loaded, by stage or `job/stage`. */
  readonly unloadable = new Map<string, string>();
  /** Stages whose code takes for ever to be made ready. */
  readonly slow = new Set<string>();
  readonly started: Start[] = [];
  /** What attempts have said, as their handlers put it there. */
  readonly logs = new WeakMap<Claim, AttemptLog>();
  /** Parts of the world that throw when they are used: `watch JOB/STAGE`, `version JOB/STAGE`, `run JOB/STAGE`. */
  readonly outOfOrder = new Set<string>();
  /** Watches on files of stages. */
  watches = 0;
  readonly warnings: string[] = [];
  /** Most handlers at work at once: by `job/stage`, by resource, and over `all`. */
  readonly most: Record<string, number> = {};
  /** Of the folder, to mark secrets with. */
  key = Buffer.from('of this folder');
  resources: Record<string, number>;
  /** Of resources, where they are not the usual ones. */
  breakers: Record<string, BreakerSpec> = {};
  rates: Record<string, RateSpec>;
  readonly env: Record<string, string | undefined>;
  private readonly file: string | undefined;
  private readonly consult: Consult | undefined;
  private readonly evidence: DoctorSpec['evidence'];
  private given: JobSpec[];
  /** What the disk has left, once it was found full. */
  freeBytes = 0;
  private readonly strategies: Readonly<Record<string, Strategy<any>>>;
  private readonly atWork: Record<string, number> = {};
  private readonly saving = new Map<string, () => void>();
  private life: Life | undefined;
  private config: ConfigInForce | undefined;

  constructor({ jobs = [], file, env = {}, handle = {}, cost = () => 0, strategies = [], resources = {}, rates = {}, dataDir = ':memory:', consult, evidence = { items: 10, withinMs: 3_600_000 } }: Setting) {
    this.evidence = evidence;
    this.consult = consult;
    this.db = openStore(dataDir);
    this.given = [...jobs];
    this.file = file;
    this.env = env;
    this.handle = handle;
    this.cost = cost;
    this.resources = resources;
    this.rates = rates;
    this.strategies = Object.fromEntries([manual, tracker_query, ...strategies].map((strategy) => [strategy.name, strategy]));
  }

  // ---------------------------------------------------------------- a process

  /** A runner starts on the store as it is. */
  async boot(): Promise<this> {
    const clock = this.time.clock();
    const store = storeOn(this.db);
    store.boot();
    const broken = (error: unknown) => {
      throw error;
    };
    const log = this.log();
    const space = new DiskSpace({ clock, log, dataDir: 'no folder', freeBytes: () => this.freeBytes });
    const ledger = new GroupCommit({ store, clock, log, dayOf: store.money.limits.dayOf, capacities: () => this.resources, rates: () => ({ ...this.rates, ...ratesOf({ jobs: this.jobs, resources: [] }) }), space, onFlushed: (flushed, batch) => {
      budget.hear(flushed, batch);
      casebook.hear(flushed.receipts);
      doctorActions.hear(flushed.receipts, batch);
      canaries.hear(flushed.receipts);
      resourceHealth.hear(flushed.receipts);
      notices.hear(batch);
    }, onBroken: broken });
    const budget: RunnerBudget = new RunnerBudget({ clock, money: store.money, ledger }, store.jobs.all().flatMap(({ job, holds }) => (holds.budget ? [job] : [])));
    const doctorActions: RunnerActions = new RunnerActions({ clock, store: store.doctor, ledger, jobs: store.jobs.all() });
    const casebook: RunnerCasebook = new RunnerCasebook({ clock, store: store.doctor, ledger, consult: this.consult ?? noModel, actions: doctorActions, evidence: () => this.evidence });
    const resourceHealth = new RunnerResourceHealth({ job: (id) => this.jobs.find((job) => job.id === id), ledger });
    const canaries = new RunnerCanaries({ store: store.canaries, ledger });
    const notices: RunnerNotices = new RunnerNotices({
      clock, log, spec: () => this.notify, link: () => 'http://127.0.0.1:4600', ids: () => this.jobs.map(({ id }) => id), jobs: store.jobs.all(), resources: () => openResources(store.db), usersOf: (resource) => usersOf(resource, this.jobs), actions: doctorActions, disk: space, store: store.notices, ledger,
      office: { deliver: async (message, target) => this.post(message, target.name) },
    });
    this.told = notices;
    const sources = createSources({ strategies: () => this.strategies, root: '/', clock, log, web: noWeb(clock), store, env: {}, budget, models: nobodyToAsk });
    const handlers = this.handlers();
    const secrets = new SecretMarks({ env: this.env, key: this.key, marks: store.doctor.secretMarks(), shared: () => ({}), note: (mark) => ledger.noteDoctor({ mark }) });
    const ports: Ports = { clock, log, ledger, budget, handlers, sources, configuration: this.configure(clock, store, sources), requirements: createRequirements(this.env), secrets, casebook, doctorActions, canaries, resourceHealth, vitals: store.vitals, notices };
    const tree = startTree({ ports, ledger, store, plan: ports.configuration.plan(), specOf: (id) => this.jobs.find((job) => job.id === id)!, onDeath: broken });
    const doctor = createDoctor({ clock, memory: (verdict, where) => casebook.review(verdict, where) });
    this.life = { clock, store, ledger, budget, doctor, doctorActions, tree, space };
    await this.time.settle();
    return this;
  }

  /** The process is gone at once: what was in memory and not committed is lost, and its handlers with it. */
  kill(): void {
    this.alive.clock.die();
    for (const key of Object.keys(this.atWork)) this.atWork[key] = 0;
    this.life = undefined;
  }

  /** As a runner ends on SIGTERM. */
  async stop(graceMs = 10_000): Promise<{ interrupted: number }> {
    const { tree, ledger, store, clock } = this.alive;
    tree.root.send({ type: 'STOP', at: clock.now() } as never);
    let drained: { interrupted: number } | undefined;
    void ledger.drain(graceMs).then((result) => (drained = result));
    await this.time.settle();
    if (!drained) await this.time.pass(graceMs);
    ledger.close();
    tree.root.stop();
    store.shutDownClean();
    this.kill();
    return drained!;
  }

  /** Another configuration, while it runs. */
  async reload(...jobs: JobSpec[]): Promise<void> {
    this.given = jobs;
    await this.send('config', { type: 'RELOAD' });
    this.told.lookAgain();
    await this.time.settle();
  }

  get jobs(): readonly JobSpec[] {
    return this.config?.jobs ?? this.given;
  }

  set jobs(jobs: readonly JobSpec[]) {
    this.given = [...jobs];
  }

  private shared(): ResourceSpec[] {
    return Object.entries(this.resources).map(([name, concurrency]) => ({ name, concurrency, ...(this.rates[name] && { rate: this.rates[name] }), ...(this.breakers[name] && { breaker: this.breakers[name] }) }));
  }

  private configure(clock: Clock, store: Store, sources: Ports['sources']): Configuration {
    const upstream = (job: JobSpec) => sources.upstream(job);
    if (this.file !== undefined) {
      const known = { strategies: this.strategies, mistakes: [] };
      this.config = new ConfigInForce(this.file, known);
      return new LiveConfiguration({ clock, log: this.log(), config: this.config, store, write: async (work) => work(), upstream, strategies: () => Promise.resolve(known) });
    }
    store.declare(this.given);
    return {
      plan: () => ({ jobs: this.given, resources: this.shared(), upstream: Object.fromEntries(this.given.map((job) => [job.id, upstream(job)])) }),
      watch: () => () => {},
      read: async () => {
        store.declare(this.given);
        return { kind: 'accepted', revision: 1, changes: [] };
      },
    };
  }

  // ---------------------------------------------------------------- what an operator does

  /** An event to an actor, and all that follows from it at once. */
  async send(path: string, event: { type: string; [payload: string]: unknown }): Promise<void> {
    const { tree, clock } = this.alive;
    this.actor(path).send(tree.recorder.from({ ...event, at: clock.now() }, { source: 'operator:test', cause: null }) as never);
    await this.time.settle();
  }

  /** New items by key. */
  /** What an attempt comes to that throws this. */
  throws({ job, stage }: Claim, thrown: unknown): Outcome {
    return { kind: 'failed', error: encodeError(thrown), ...this.alive.doctor.examine(thrown, { job, stage }) };
  }

  async add(job: string, ...keys: string[]): Promise<void> {
    await this.committed(this.alive.ledger.found(job, keys.map((key) => ({ key, data: { key } }))));
  }

  async edit(edit: TaskEdit): Promise<number> {
    return this.committed(this.alive.ledger.edit(edit));
  }

  // ---------------------------------------------------------------- what can be seen

  /** The value of an actor's machine. */
  value(path: string): unknown {
    return this.actor(path).getSnapshot().value;
  }

  context(path: string): any {
    return this.actor(path).getSnapshot().context;
  }

  /** What holds a job, as its rows say: cause → reason. */
  holds(job: string): Record<string, string> {
    const row = this.alive.store.jobs.all().find((one) => one.job === job)!;
    return Object.fromEntries(Object.entries(row.holds).map(([cause, { reason }]) => [cause, reason]));
  }

  row(job: string) {
    return this.alive.store.jobs.all().find((one) => one.job === job)!;
  }

  /** Tasks of a stage by state; states without any are left out. */
  tasks(job: string, stage: string): Partial<Record<TaskState, number>> {
    const counts = this.alive.store.counts.ofJob(job).get(stage) ?? ({} as Record<TaskState, number>);
    return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
  }

  task(job: string, key: string, stage: string) {
    const id = this.db.prepare<[string, string], number>('SELECT id FROM item WHERE job = ? AND key = ?').pluck().get(job, key)!;
    return { ...this.alive.store.tasks.ofItem(id).find((task) => task.stage === stage)!, attempts: this.alive.store.tasks.attemptsWithoutOutput(id).filter((one) => one.stage === stage) };
  }

  /** Every key that a job's discovery met, with the decision on it. */
  seen(job: string): Record<string, string> {
    const rows = this.db.prepare<[string], { key: string; decision: string }>('SELECT key, decision FROM seen WHERE job = ? ORDER BY key').all(job);
    return Object.fromEntries(rows.map(({ key, decision }) => [key, decision]));
  }

  journal(path: string): JournalEntry[] {
    return this.alive.store.journal.read({ path });
  }

  get alive(): Life {
    if (!this.life) throw new Error('no runner lives');
    return this.life;
  }

  actor(path: string) {
    const actor = this.alive.tree.actor(path);
    if (!actor) throw new Error(`there is no actor "${path}"`);
    return actor;
  }

  /** Waits in simulated time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.alive.clock.setTimeout(resolve, ms));
  }

  /** Keys that a stage was started with, in order. */
  keys(stage: string): string[] {
    return this.started.filter((start) => start.stage === stage).map(({ key }) => key);
  }

  /** Every journal folds to its stored snapshot, which is what the living actor is, and every count is what a scan finds. */
  expectTrueRows(): void {
    if (this.life) expect(storedStates(this.alive.store)).toEqual(livingStates(this.alive.tree.root));
    const wrong = replayAll(this.db).filter(({ ok }) => !ok);
    expect(wrong, 'journals that do not fold to their snapshots').toEqual([]);
    const scan = 'SELECT stage_id, state, count(*) AS n FROM task GROUP BY stage_id, state ORDER BY 1, 2';
    const kept = 'SELECT stage_id, state, n FROM task_count WHERE n <> 0 ORDER BY 1, 2';
    expect(this.db.prepare(kept).all(), 'maintained counts').toEqual(this.db.prepare(scan).all());
    expectExactSums(this.db);
  }

  // ---------------------------------------------------------------- handlers

  /** Files of a stage were saved: its code is looked at anew. */
  async saved(job: string, stage: string): Promise<void> {
    this.saving.get(`${job}/${stage}`)!();
    await this.time.settle();
  }

  /** Those of one process: what it has loaded is gone with it. */
  private handlers(): Ports['handlers'] {
    const loaded = new Set<string>();
    return {
      prepare: (job, stage) => this.prepare(job, stage).then(() => void loaded.add(`${job}/${stage}`)),
      isReady: (job, stage) => loaded.has(`${job}/${stage}`),
      watch: (job, stage, changed) => this.watch(`${job}/${stage}`, changed),
      version: (job, stage) => this.version(`${job}/${stage}`),
      maxCost: () => undefined,
      run: (claim, signal) => this.run(claim, signal),
      takeLog: (claim) => this.logs.get(claim),
    };
  }

  private watch(stage: string, changed: () => void): () => void {
    this.broken(`watch ${stage}`);
    this.saving.set(stage, changed);
    this.watches += 1;
    return () => void (this.watches -= 1);
  }

  private version(stage: string): number {
    this.broken(`version ${stage}`);
    return 1;
  }

  /** What a test has broken throws. */
  private broken(part: string): void {
    if (this.outOfOrder.has(part)) throw new Error(`${part} is out of order`);
  }

  private prepare(job: string, stage: string): Promise<void> {
    if (this.slow.has(`${job}/${stage}`)) return new Promise(() => {});
    const message = this.unloadable.get(`${job}/${stage}`) ?? this.unloadable.get(stage);
    return message === undefined ? Promise.resolve() : Promise.reject(new Error(message));
  }

  private async run(claim: Claim, signal: AbortSignal | (() => AbortSignal)): Promise<Result> {
    const { job, stage, key, attempt } = claim;
    if (stage === VALIDATE) return { outcome: await this.check(claim), costMicroUsd: 0, artifacts: [] };
    this.broken(`run ${job}/${stage}`);
    this.started.push({ job, stage, key, attempt, at: this.time.now });
    const { resources } = this.jobs.find(({ id }) => id === job)!.stages.find(({ name }) => name === stage)!;
    const places = [`${job}/${stage}`, ...resources, 'all'];
    for (const place of places) this.most[place] = Math.max(this.most[place] ?? 0, (this.atWork[place] = (this.atWork[place] ?? 0) + 1));
    const handle = this.handle[`${job}/${stage}`] ?? this.handle[stage];
    const outcome = await handle?.(claim, typeof signal === 'function' ? signal() : signal, this);
    for (const place of places) this.atWork[place]! -= 1;
    return { outcome: outcome ?? done(), costMicroUsd: this.cost(claim), artifacts: [] };
  }

  private async post(message: Message, target: string): Promise<Delivery> {
    const delivery = await this.carry(message, target);
    if (delivery.ok) this.sent.push({ to: target, ...message });
    return delivery;
  }

  private async check({ job, data }: Claim): Promise<Outcome> {
    const problem = (await this.validate(JSON.parse(data) as Validation, job)) ?? null;
    return { kind: 'done', output: JSON.stringify({ problem }) };
  }

  private async committed<T>(promise: Promise<T>): Promise<T> {
    let value: { is: T } | undefined;
    void promise.then((is) => (value = { is }));
    await this.time.settle();
    if (!value) throw new Error('it was not committed');
    return value.is;
  }

  private log(): Ports['log'] {
    const warn = (message: string, facts?: Record<string, unknown>) => void this.warnings.push(`${message}${facts ? ` ${JSON.stringify(facts)}` : ''}`);
    return { debug() {}, info() {}, warn, error: warn };
  }
}

type States = Record<string, string>;
const storedStates = (store: Store): States =>
  Object.fromEntries(store.actors.all().map(({ path, snapshot }) => [path, stateText(JSON.parse(snapshot))]));

/** Of a machine and all below it that are machines too. */
const livingStates = (actor: AnyActorRef): States =>
  Object.assign({ [pathOf(actor)]: stateText(actor.getSnapshot()) }, ...Object.values<AnyActorRef>(actor.getSnapshot().children).filter((child) => 'systemId' in child && child.systemId).map(livingStates));

const stateText = ({ value, context }: { value: unknown; context: unknown }): string => JSON.stringify([value, context]);

/** Booted, and looked at once more when the running test has ended. */
export async function simulated(setting: Setting): Promise<SimulatedRuntime> {
  const run = new SimulatedRuntime(setting);
  onTestFinished(async () => {
    await run.time.settle();
    run.expectTrueRows();
    run.db.close();
  });
  return run.boot();
}

const noWeb = (clock: Clock) => createWeb({ clock, spec: () => DEFAULT_HTTP, transport: () => Promise.reject(new Error('no network here')) });
