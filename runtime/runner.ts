/** One runner on one data folder: its parts, how they begin, and how they end. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Clock, Log, Ports } from '../actors/ports.ts';
import type { StatusView } from '../inspector/protocol.ts';
import { usersOf } from '../machines/breaker.ts';
import type { JobSpec } from '../machines/spec.ts';
import { createArtifacts } from './artifacts.ts';
import { RunnerBudget } from './budget.ts';
import { RunnerCanaries } from './canaries.ts';
import { KeptReading, type Strategies } from './config/index.ts';
import type { ControlRoom } from './control/room.ts';
import { ConfigInForce } from './config-in-force.ts';
import { LiveConfiguration, type Reloaded } from './configuration.ts';
import { DiskSpace } from './disk-space.ts';
import { RunnerActions } from './doctor/actions.ts';
import { RunnerCasebook } from './doctor/casebook.ts';
import { ModelConsult } from './doctor/consult.ts';
import { createDoctor } from './doctor/doctor.ts';
import { rulebookOf } from './doctor/operator-rules.ts';
import { warmUp } from './doctor/warm-up.ts';
import { every } from './every.ts';
import { createHandlers, type LoadingHandlers } from './handlers/handlers.ts';
import { KeptBundles } from './handlers/kept-bundles.ts';
import type { HandlersStore } from './handlers/world.ts';
import { keepHouse } from './housekeeping.ts';
import { cassettesOf } from './http/cassettes.ts';
import { KeptAnswers } from './http/kept-answers.ts';
import { createWeb } from './http/web.ts';
import { GroupCommit } from './ledger/ledger.ts';
import { RunnerNotices } from './notify/notices.ts';
import { PostOffice } from './notify/post-office.ts';
import { knownStrategies, type KnownStrategies } from './own-strategies.ts';
import { PatientWrites } from './patient-writes.ts';
import { ArtifactFiles } from './artifact-files.ts';
import { Retention } from './retention.ts';
import { createRequirements } from './requirements.ts';
import { RunnerResourceHealth } from './resource-health.ts';
import { keyIn, modelKeys, SecretMarks } from './secret-marks.ts';
import { createSources } from './sources.ts';
import { troubleOf } from './store/errors.ts';
import { HighWater } from './store/high-water.ts';
import { acquireLock, type Lock } from './store/lock.ts';
import { DATABASE, openStore } from './store/open.ts';
import { openResources } from './store/resources-view.ts';
import { storeOn, type Store } from './store/store.ts';
import type { Batch, Flushed } from './store/types.ts';
import type { Booted } from './store/boot.ts';
import { inWords } from './store/unusable.ts';
import { startTree, type Tree } from './tree.ts';

/** What is in flight at a stop gets so long to end by itself. */
const GRACE_MS = 10_000;
/** After a start there is so much to do; then what may be needed later is made ready. */
const QUIET_MS = 2_000;
/** The operators' side waits so long for the first handlers to begin. */
const FIRST_WORK_MS = 250;
/** How much of what jobs share was used is written down so often. */
const USE_MS = 300_000;
const RELOAD_SOON_MS = 100;
/** Whose requests they are, for the web. */
const NOTIFY = 'notify';

export type RunnerOptions = {
  /** jobs.yaml; absolute. */
  config: string;
  /** Absolute. */
  dataDir: string;
  /** 0 takes any free one; left out, jobs.yaml says which. */
  port?: number;
  clock: Clock;
  log: Log;
  env: Readonly<Record<string, string | undefined>>;
  /** What has been read already; it ends with the runner. */
  bundles?: KeptBundles;
  /** Instead of those of Rivus and the operator's own. */
  strategies?: Strategies;
  graceMs?: number;
  /** Goes on with a database that has lost what was committed last. */
  acceptRollback?: boolean;
  /** Browsers may look, and change nothing. */
  readOnly?: boolean;
};

/**
 * Boots: configuration, lock, store, actors, control; what was given while no runner lived comes last.
 * @throws InvalidConfiguration
 * @throws RunnerAlreadyRunning
 * @throws StoreUnusable
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  // First, so that a bundler that is needed starts while the store is opened and the actors are restored.
  const { bundles = new KeptBundles(options.clock, options.dataDir, path.dirname(options.config)) } = options;
  const undo: (() => unknown)[] = [() => bundles.close()];
  try {
    const config = new ConfigInForce(options.config, await strategiesNow(options), new KeptReading(options.dataDir));
    const lock = acquireLock(options.dataDir);
    undo.unshift(() => lock.release());
    const db = openStore(options.dataDir, options);
    undo.unshift(() => db.close());
    const store = storeOn(db);
    // What was given meanwhile is to be done before work begins.
    if (store.commands.pending().length > 0) await controlRoom();
    const runner = new Runner(options, { config, lock, store, bundles });
    undo.unshift(() => runner.tree.root.stop());
    await runner.open();
    return runner;
  } catch (error) {
    for (const step of undo) step();
    throw inWords(path.join(options.dataDir, DATABASE), error);
  }
}

/** Loaded late, see there. */
const controlRoom = () => import('./control/room.ts');

async function strategiesNow({ strategies, config, clock }: RunnerOptions): Promise<KnownStrategies> {
  return strategies ? { strategies, mistakes: [] } : knownStrategies(config, clock);
}

export class Runner {
  readonly bootId = randomUUID();
  readonly store: Store;
  readonly ledger: GroupCommit;
  readonly tree: Tree;
  readonly booted: Booted;
  private readonly options: RunnerOptions;
  private readonly config: ConfigInForce;
  private readonly configuration: LiveConfiguration;
  private readonly lock: Lock;
  private readonly mark: HighWater;
  private readonly space: DiskSpace;
  private readonly patience: PatientWrites;
  private readonly sources: ReturnType<typeof createSources>;
  private readonly bundles: KeptBundles;
  private readonly handlers: LoadingHandlers;
  private readonly budget: RunnerBudget;
  private readonly startedAt: number;
  private readonly consult: ModelConsult;
  private readonly casebook: RunnerCasebook;
  private readonly doctorActions: RunnerActions;
  private readonly canaries: RunnerCanaries;
  private readonly resourceHealth: RunnerResourceHealth;
  private readonly notices: RunnerNotices;
  private readonly end = Promise.withResolvers<void>();
  private readonly closing: { close(): unknown }[] = [];
  private room: ControlRoom | undefined;
  private stopping: Promise<void> | undefined;
  private reloading: unknown;

  constructor(options: RunnerOptions, { config, lock, store, bundles }: { config: ConfigInForce; lock: Lock; store: Store; bundles: KeptBundles }) {
    const { clock, log, env, dataDir } = options;
    const root = path.dirname(options.config);
    this.options = options;
    this.config = config;
    this.lock = lock;
    this.store = store;
    this.startedAt = clock.now();
    this.bundles = bundles;
    this.closing.push(bundles);
    this.end.promise.catch(() => {});
    this.booted = store.boot();
    this.mark = new HighWater(dataDir, store.db, (error) => log.warn(`how far the database has got could not be noted: ${error.message}`));
    this.space = new DiskSpace({ clock, log, dataDir });
    this.patience = new PatientWrites({ clock, space: this.space });
    // Pipelines, counts and holds follow the file before anybody asks for them.
    this.configuration = new LiveConfiguration({ clock, log, config, store, write: (work) => this.patience.write(work), strategies: () => strategiesNow(options), upstream: (job) => this.sources.upstream(job) });
    const onBroken = (error: unknown) => this.breakDown(error as Error);
    this.ledger = new GroupCommit({ store, clock, log, dayOf: store.money.limits.dayOf, capacities: () => config.capacities(), rates: () => config.rates(), space: this.space, onCommit: (commit) => this.mark.reach(commit), onFlushed: (flushed, batch) => this.hear(flushed, batch), onBroken });
    if (store.commands.pending().length > 0) this.ledger.waitToBegin();
    const jobs = store.jobs.all();
    const held = jobs.flatMap(({ job, holds }) => (holds.budget ? [job] : []));
    this.budget = new RunnerBudget({ clock, money: store.money, ledger: this.ledger }, held);
    this.closing.push(this.budget);
    this.consult = new ModelConsult({
      clock, env, budget: this.budget, spec: () => config.doctor, models: () => config.models, met: store.doctor.met, clean: (text) => this.handlers.clean(text),
      fetch: (host) => web.api('doctor', host),
    });
    this.doctorActions = new RunnerActions({ clock, store: store.doctor, ledger: this.ledger, jobs });
    this.casebook = new RunnerCasebook({ clock, store: store.doctor, ledger: this.ledger, consult: this.consult, actions: this.doctorActions, evidence: () => config.doctor.evidence });
    this.canaries = new RunnerCanaries({ store: store.canaries, ledger: this.ledger });
    this.resourceHealth = new RunnerResourceHealth({ job: (id) => config.job(id), ledger: this.ledger });
    const cassette = cassettesOf(env, root);
    const kept = new KeptAnswers({ store: store.httpCache, clock, log, onTrouble: (error) => this.meet(error) });
    const web = createWeb({ clock, spec: (job) => config.http(job), kept, ...(cassette && { cassette }) });
    const office = new PostOffice({ clock, env, root, fetch: (host) => web.api(NOTIFY, host) });
    this.notices = new RunnerNotices({
      clock, log, spec: () => config.notify, link: () => this.room?.url ?? `http://127.0.0.1:${config.current.port}`, ids: () => config.jobs.map(({ id }) => id), jobs, resources: () => openResources(store.db), usersOf: (resource) => usersOf(resource, config.jobs), actions: this.doctorActions, disk: this.space,
      store: store.notices, ledger: this.ledger, office,
    });
    config.onAdopted(() => this.notices.lookAgain());
    const secrets = new SecretMarks({ env, key: keyIn(dataDir), marks: store.doctor.secretMarks(), shared: () => modelKeys(config.models, env), note: (mark) => this.ledger.noteDoctor({ mark }) });
    const artifacts = createArtifacts(dataDir, (write, bytes) => this.space.guard(write, bytes));
    const doctor = createDoctor({ clock, rules: () => rulebookOf(config.doctor), memory: (verdict, where) => this.casebook.review(verdict, where) });
    this.handlers = createHandlers({
      doctor, root, dataDir, specs: () => config.jobs, clock, log, env, store: this.patientStore(), ledger: this.ledger, web, bundle: bundles.bundle, artifacts, onSecret: (job, name) => secrets.read(job, name),
      llm: { specs: () => config.models, budget: this.budget, ledger: this.ledger, replies: { find: store.llmReplies.find, remove: (key) => this.guarded(() => store.llmReplies.remove(key))() } },
    });
    config.onModels(() => this.handlers.lookAgain());
    this.sources = createSources({ strategies: () => config.strategies, root, clock, log, web, store, env, budget: this.budget, models: this.handlers.models });
    const ports: Ports = { clock, log, ledger: this.ledger, budget: this.budget, handlers: this.handlers, sources: this.sources, configuration: this.configuration, requirements: createRequirements(env), secrets, casebook: this.casebook, doctorActions: this.doctorActions, canaries: this.canaries, resourceHealth: this.resourceHealth, vitals: store.vitals, notices: this.notices };
    this.tree = startTree({ ports, ledger: this.ledger, store, plan: this.configuration.plan(), specOf: (id) => config.job(id)!, onDeath: onBroken });
  }

  /** Lets operators in. */
  async open(): Promise<void> {
    const { clock, log, dataDir } = this.options;
    if (this.isWorkAtHand()) await this.firstWork();
    this.room = await this.makeRoom();
    await this.room.open();
    this.lock.announce({ pid: process.pid, startedAt: this.startedAt, url: this.url, bootId: this.bootId });
    this.closing.push(
      this.room,
      keepHouse({ clock, log, store: this.store, mark: this.mark, uncleanStop: this.booted.uncleanStop, onTrouble: (error) => this.meet(error), guarded: (look) => this.guarded(look) }),
      new Retention({ clock, log, prune: this.store.prune, files: new ArtifactFiles(dataDir, () => clock.now()), spec: () => this.config.retention, onTrouble: (error) => this.meet(error) }),
      every(clock, USE_MS, () => this.noteUse()),
      this.space,
    );
    await this.room.takeUpPending();
    this.ledger.begin();
    this.config.keep();
    this.bundles.settle();
    const quiet = clock.setTimeout(() => void Promise.all([this.consult.getReady(), warmUp(clock)]), QUIET_MS);
    this.closing.push({ close: () => clock.clearTimeout(quiet) });
  }

  /** Handlers are ready at once, have something to do, and no operator has said anything that comes before. */
  private isWorkAtHand(): boolean {
    const { commands, counts } = this.store;
    return this.bundles.isUpToDate && commands.pending().length === 0 && this.jobs.some(({ id }) => counts.pending(id) > 0);
  }

  /** Handlers that are at hand begin before the operators' side is loaded. One that is slow to load keeps nobody waiting. */
  private async firstWork(): Promise<void> {
    const { clock } = this.options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const atMost = clock.setTimeout(resolve, FIRST_WORK_MS);
    // What is ready is claimed in the next turn.
    void this.handlers.prepared().then(() => clock.defer(resolve));
    await promise;
    clock.clearTimeout(atMost);
  }

  /** Of what jobs share. */
  private noteUse(): void {
    this.guarded(() => this.store.resourceUse.save(this.ledger.takeUse()))();
  }

  private async makeRoom(): Promise<ControlRoom> {
    const { ControlRoom } = await controlRoom();
    const { bootId, startedAt, config, configuration, store, ledger, tree, space, budget, handlers } = this;
    const { clock, log, env, dataDir, port = config.current.port, readOnly = false } = this.options;
    return new ControlRoom({
      clock, log, env, dataDir, port, readOnly, bootId, startedAt, config, configuration, store, ledger, tree, space, budget, handlers,
      reload: (who) => this.reload(who), guarded: (look) => this.guarded(look), stop: () => void this.stop(),
    });
  }

  get jobs(): readonly JobSpec[] {
    return this.config.jobs;
  }

  get url(): string {
    return this.room!.url;
  }

  /** Settles when the runner has ended; rejects when its store cannot be written any more. */
  get ended(): Promise<void> {
    return this.end.promise;
  }

  /** With a code that lets one browser in. */
  openUrl(): string {
    return this.room!.openUrl();
  }

  /** Text as it may be shown: places in the operator's files, no secrets. */
  clean(text: string): string {
    return this.handlers.clean(text);
  }

  status(): StatusView {
    return this.room!.status();
  }

  /** Takes jobs.yaml as it is now, and the code of handlers and strategies; with mistakes in it everything stays as it is. */
  reload(who: string): Promise<Reloaded> {
    const actor = this.tree.actor('config');
    if (!actor) return Promise.resolve({ ok: false, problems: 'what reads jobs.yaml is being restarted: try again in a moment' });
    const reloaded = this.configuration.nextRead();
    actor.send(this.tree.recorder.from({ type: 'RELOAD', at: this.options.clock.now() }, { source: `operator:${who}`, cause: null }) as never);
    return reloaded;
  }

  /** The same in a moment, once for all who ask until then: signals come in storms. */
  reloadSoon(who: string): void {
    const { clock } = this.options;
    this.reloading ??= clock.setTimeout(() => {
      this.reloading = undefined;
      if (!this.stopping) void this.reload(who);
    }, RELOAD_SOON_MS);
  }

  /** For what looks at the store now and then: when that goes wrong, it does not end in nowhere. */
  guarded(look: () => void): () => void {
    return () => {
      try {
        look();
      } catch (error) {
        this.meet(error as Error);
      }
    };
  }

  /** Lets what is in flight end, within the grace period; the same promise however often it is asked. */
  stop(): Promise<void> {
    return (this.stopping ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    const { clock, log, graceMs = GRACE_MS } = this.options;
    this.tree.root.send({ type: 'STOP', at: clock.now() } as never);
    const { interrupted } = await this.ledger.drain(graceMs);
    if (interrupted > 0) log.warn(`${interrupted} attempts were cut off; they run again at the next start, uncharged`);
    for (const part of this.closing) await part.close();
    this.noteUse();
    // The last flush comes before the actors stop: a stopped actor must not be stored as one.
    this.ledger.close();
    this.tree.root.stop();
    this.handlers.close();
    try {
      this.store.shutDownClean();
      this.store.close();
    } catch (error) {
      return this.breakDown(error as Error);
    }
    this.mark.close();
    this.lock.release();
    this.end.resolve();
  }

  /** After each commit. */
  private hear(flushed: Flushed, batch: Batch): void {
    this.budget.hear(flushed, batch);
    this.casebook.hear(flushed.receipts);
    this.doctorActions.hear(flushed.receipts, batch);
    this.canaries.hear(flushed.receipts);
    this.resourceHealth.hear(flushed.receipts);
    this.notices.hear(batch);
  }

  /** What went wrong beside the work: it is tried again, unless nothing may go on. */
  private meet(error: Error & { code?: string }): void {
    switch (troubleOf(error)) {
      case 'busy':
        return;
      case 'full':
        return void this.space.full(error.code!);
      case 'broken':
        return this.breakDown(error);
    }
  }

  /** To go on would be to pretend. Nothing is closed, for that would write. */
  private breakDown(error: Error): void {
    const inOperatorsWords = inWords(this.store.db.name, error) as Error;
    this.options.log.error(`the runner ends: ${inOperatorsWords.message}`);
    this.end.reject(inOperatorsWords);
  }

  /** What handlers have of it: a new version of a stage waits until it can be written. */
  private patientStore(): HandlersStore {
    const { uuid, outputs, versionId } = this.store;
    return { uuid, outputs, versionId: (...version) => this.patience.write(() => versionId(...version)) };
  }
}
