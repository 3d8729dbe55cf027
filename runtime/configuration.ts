/** What the `config` actor does: reads jobs.yaml, stores what it accepts, and puts it in force in one step. */
import type { Clock, Configuration, Log, Reading } from '../actors/ports.ts';
import type { ConfigChange } from '../inspector/protocol.ts';
import type { Plan } from '../machines/supervisor.ts';
import { changesBetween, effectOf, sentenceOf } from './config/changes.ts';
import type { Problem } from './config/index.ts';
import { InvalidConfiguration, type ConfigInForce, type Configured } from './config-in-force.ts';
import type { KnownStrategies } from './own-strategies.ts';
import type { Store } from './store/store.ts';
import { signatureOf, watchFile } from './watch-file.ts';

type World = {
  clock: Clock;
  log: Log;
  config: ConfigInForce;
  store: Store;
  /** Does what writes to the store, when that can be. */
  write<T>(work: () => T): Promise<T>;
  /** The strategies as their files are now. */
  strategies(): Promise<KnownStrategies>;
  upstream(job: Plan['jobs'][number]): string[];
};

/** What a file changes, or would change, or why it cannot be used: text for people. */
export type Reloaded = { ok: true; changes: ConfigChange[] } | { ok: false; problems: string };

/** The file as it is, beside what runs. */
export type FileBeside = { ok: true; text: string; changes: ConfigChange[] } | { ok: false; problems: readonly Problem[] };

type Taken = { reading: Reading | undefined; reloaded: Reloaded };

export class LiveConfiguration implements Configuration {
  private readonly world: World;
  private waiting: ((reloaded: Reloaded) => void)[] = [];
  private lastBeside: { signature: string; current: Configured; beside: FileBeside } | undefined;

  constructor(world: World) {
    this.world = world;
    this.store(world.config.current);
  }

  plan(): Plan {
    const { config, upstream } = this.world;
    return { jobs: [...config.jobs], resources: config.current.resources, upstream: Object.fromEntries(config.jobs.map((job) => [job.id, upstream(job)])) };
  }

  watch(changed: () => void): () => void {
    return watchFile(this.world.clock, this.world.config.file, changed);
  }

  /** What the next read that begins will come to. */
  nextRead(): Promise<Reloaded> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** What a read would come to. */
  async preview(): Promise<Reloaded> {
    return this.look(await this.world.strategies()).reloaded;
  }

  /** The file beside what runs, for somebody who looks again and again: it is read when something was written, or something else is in force. */
  async beside(): Promise<FileBeside> {
    const { config, strategies } = this.world;
    const [signature, { current }] = [signatureOf(config.file), config];
    if (this.lastBeside?.signature === signature && this.lastBeside.current === current) return this.lastBeside.beside;
    const looked = this.look(await strategies());
    const beside: FileBeside = 'configured' in looked ? { ok: true, text: looked.configured.text, changes: looked.reloaded.changes } : { ok: false, problems: looked.mistakes };
    this.lastBeside = { signature, current, beside };
    return beside;
  }

  async read(asked: boolean, signal: AbortSignal): Promise<Reading | undefined> {
    const waiting = this.waiting;
    this.waiting = [];
    const known = await this.world.strategies();
    const { reading, reloaded } = await this.world.write(() => (signal.aborted ? INTERRUPTED : this.take(known, asked))).catch((error: Error) => this.notStored(error));
    for (const answer of waiting) answer(reloaded);
    return reading;
  }

  /**
   * Nothing else happens between the look at the file and its being in force.
   * @throws what the store says; then nothing has changed
   */
  private take(known: KnownStrategies, asked: boolean): Taken {
    const { config, log } = this.world;
    const looked = this.look(known);
    if (!('configured' in looked)) {
      log.error(`jobs.yaml is not used, what runs stays as it is:\n${looked.shown}`);
      return refused(looked.reloaded.problems);
    }
    const { configured, reloaded } = looked;
    const { changes } = reloaded;
    if (!asked && changes.length > 0 && config.current.text.startsWith(configured.text)) {
      log.warn(`jobs.yaml is not used, what runs stays as it is:\n${HALF_WRITTEN}`);
      return refused(HALF_WRITTEN);
    }
    const said = changes.map((change) => `${effectOf(change)}  ${sentenceOf(change)}`);
    const isSame = configured.text === config.current.text && changes.length === 0;
    const revision = isSame ? undefined : this.store(configured);
    config.adopt(configured);
    if (revision) log.info(`jobs.yaml was read again, revision ${revision.id}:${listed(said)}`);
    else if (asked) log.info('jobs.yaml was read again: nothing changed');
    return { reading: revision ? { kind: 'accepted', revision: revision.id, changes: said } : { kind: 'unchanged' }, reloaded };
  }

  private notStored({ message }: Error): Taken {
    const problems = `jobs.yaml is in order, but what it says cannot be stored: ${message}; \`npx jobctl reload\` tries again`;
    this.world.log.error(problems);
    return refused(problems);
  }

  /** `shown`, `mistakes`: with the lines of the file, for who looks now: what is stored must not hold what somebody wrote there by mistake. */
  private look(known: KnownStrategies): { configured: Configured; reloaded: Reloaded & { ok: true } } | { shown: string; mistakes: readonly Problem[]; reloaded: Reloaded & { ok: false } } {
    const { config, store } = this.world;
    try {
      const configured = config.look(known);
      const changes = changesBetween(config.current, configured, { items: store.counts.items, openTasks: store.counts.open });
      return { configured, reloaded: { ok: true, changes } };
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      return { shown: error.message, mistakes: error.problems, reloaded: { ok: false, problems: error.list } };
    }
  }

  private store({ jobs, budget, text }: Configured) {
    const { store, clock } = this.world;
    store.declare([...jobs], budget);
    return store.configRevisions.add(text, clock.now());
  }
}

/** An editor or a copy that writes in place may stop in its middle, and what is there by then may be a valid file. */
const HALF_WRITTEN = 'the file ends early: all that is left is the beginning of what runs, as if it were half written; if it is meant so: `npx jobctl reload`';

const INTERRUPTED: Taken = { reading: undefined, reloaded: { ok: false, problems: 'the reading of jobs.yaml was interrupted: try again' } };

const refused = (problems: string): Taken => ({ reading: { kind: 'refused', problems }, reloaded: { ok: false, problems } });

const listed = (changes: readonly string[]): string => (changes.length === 0 ? ' nothing changed for what runs' : ['', ...changes].join('\n  '));
