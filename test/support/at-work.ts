/** A job of the whole runtime (real store, real actors, simulated time) to which anything happens by chance. */
import fc from 'fast-check';
import type { Claim, Outcome } from '../../actors/ports.ts';
import type { JobSpec } from '../../machines/spec.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';
import { done, failed, jobSpec } from './store.ts';

const JOB = 'watch';
const LIFECYCLE = `job/${JOB}/lifecycle`;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A handler that began, and what was in force when it did. */
export type Start = {
  stage: string;
  key: string;
  at: number;
  /** From when on it could begin, by what had been acknowledged: Infinity while the job is held without end, or drains. */
  freeAt: number;
  /** Others of its stage that were at work, whether on the same task, and how many may be. */
  others: number;
  twice: boolean;
  concurrency: number;
  /** What the breaker said, and others of all stages that were at work. */
  breaker: unknown;
  othersOfJob: number;
};
/** What all laws are about. */
export type Scene = { starts: readonly Start[]; holds: Record<string, { reason: string; since: number; until?: number }>; now: number };

const MOODS = {
  well: () => done(), 'with a transient error': () => failed('transient'), 'with an error of the item': () => failed('item_specific'),
  'with a systemic error': () => failed('systemic'), 'with an error of time': () => failed('temporal'),
} satisfies Record<string, () => Outcome>;
type Mood = keyof typeof MOODS;

const specOf = (concurrency: number): JobSpec => {
  const spec = jobSpec(JOB, { fetch: [], extract: ['fetch'] });
  return { ...spec, stages: spec.stages.map((stage) => ({ ...stage, concurrency })) };
};

export class JobAtWork {
  readonly told: string[] = [];
  private readonly run: SimulatedRuntime;
  private readonly starts: Start[] = [];
  private readonly atWork = new Set<string>();
  private freeAt = 0;
  private concurrency = 2;
  private mood: Mood = 'well';
  private added = 0;

  constructor() {
    const handle = (claim: Claim) => this.handle(claim);
    this.run = new SimulatedRuntime({ jobs: [specOf(this.concurrency)], handle: { fetch: handle, extract: handle } });
  }

  async begin(): Promise<this> {
    await this.run.boot();
    return this;
  }

  get scene(): Scene {
    return { starts: this.starts, holds: this.run.row(JOB).holds as Scene['holds'], now: this.run.time.now };
  }

  /** @param frees what is done may let work begin before it is acknowledged */
  async happen(what: string, does: () => Promise<unknown>, { frees = false } = {}): Promise<void> {
    this.told.push(`${String(this.run.time.now % 1e9).padStart(9)} ms  ${what}`);
    if (frees) this.freeAt = 0;
    await does();
    const { holds, draining } = this.run.row(JOB);
    this.freeAt = draining ? Infinity : Math.max(0, ...Object.values(holds).map(({ until = Infinity }) => until));
  }

  add = (n: number) => this.happen(`${n} items are added`, () => this.run.add(JOB, ...Array.from({ length: n }, () => `item ${(this.added += 1)}`)));
  send = (event: { type: string; [payload: string]: unknown }, frees = false) => this.happen(`${event.type} ${JSON.stringify({ ...event, type: undefined })}`, () => this.run.send(LIFECYCLE, event), { frees });
  pause = (forMs: number | null) => this.send({ type: 'PAUSE', reason: 'lunch', ...(forMs !== null && { until: this.run.time.now + forMs }) });
  clearErrors = () => this.happen('CLEAR_ERRORS', () => this.run.send(`job/${JOB}/breaker`, { type: 'CLEAR_ERRORS' }), { frees: true });
  pass = (ms: number) => this.happen(`${ms} ms pass`, () => this.run.time.pass(ms));
  fare = (mood: Mood) => this.happen(`from now on handlers end ${mood}`, async () => void (this.mood = mood));
  reload = (concurrency: number) => this.happen(`a reload sets the concurrency to ${concurrency}`, () => this.run.reload(specOf((this.concurrency = concurrency))));

  restart = (ms: number) =>
    this.happen(`the process is killed, and started again after ${ms} ms`, async () => {
      this.run.kill();
      this.atWork.clear();
      this.run.time.stall(ms);
      await this.run.boot();
    });

  /** Everything is well again, and time enough: what becomes of the work. */
  async recover(): Promise<{ left: number }> {
    await this.fare('well');
    await this.send({ type: 'RESUME', force: true }, true);
    await this.pass(60 * MINUTE);
    const tasks = ['fetch', 'extract'].map((stage) => this.run.tasks(JOB, stage));
    return { left: tasks.reduce((sum, { ready = 0, waiting = 0, running = 0 }) => sum + ready + waiting + running, 0) };
  }

  end(): void {
    this.run.expectTrueRows();
    this.run.kill();
    this.run.db.close();
  }

  private async handle({ stage, key }: Claim): Promise<Outcome> {
    const mine = `${stage} ${key}`;
    const others = [...this.atWork].filter((one) => one.startsWith(`${stage} `)).length;
    this.starts.push({ stage, key, at: this.run.time.now, freeAt: this.freeAt, others, twice: this.atWork.has(mine), concurrency: this.concurrency, breaker: this.run.value(`job/${JOB}/breaker`), othersOfJob: this.atWork.size });
    this.atWork.add(mine);
    await this.run.sleep(SECOND);
    this.atWork.delete(mine);
    return MOODS[this.mood]();
  }
}

function lastOf({ starts }: Scene): string {
  const last = starts.at(-1);
  return last ? `\n  the last start: ${last.stage} of ${last.key}, beside ${last.others} of ${last.concurrency}${last.twice ? ', twice' : ''}; free ${last.freeAt === 0 ? 'to start' : last.freeAt === Infinity ? 'at no known time' : `in ${last.freeAt - last.at} ms`}` : '';
}

type Act = { name: string; do(job: JobAtWork): Promise<void> };
const act = (name: string, run: (job: JobAtWork) => Promise<void>): Act => ({ name, do: run });
const span = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 3 * SECOND }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 * MINUTE }) });

/** All that can happen to it. A new part of the runtime that starts, holds or stops work adds what it does here. */
const ACTS: fc.WeightedArbitrary<Act>[] = [
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }).map((n) => act('add', (job) => job.add(n))) },
  { weight: 4, arbitrary: span.map((ms) => act('pass', (job) => job.pass(ms))) },
  { weight: 3, arbitrary: fc.option(span).map((ms) => act('PAUSE', (job) => job.pause(ms))) },
  { weight: 3, arbitrary: fc.boolean().map((force) => act('RESUME', (job) => job.send({ type: 'RESUME', force }, true))) },
  { weight: 1, arbitrary: fc.constant(act('DRAIN', (job) => job.send({ type: 'DRAIN' }))) },
  { weight: 1, arbitrary: fc.constant(act('CLEAR_ERRORS', (job) => job.clearErrors())) },
  { weight: 1, arbitrary: fc.constant(act('hold.placed', (job) => job.send({ type: 'hold.placed', cause: 'supervision', reason: 'it died too often' }))) },
  { weight: 2, arbitrary: fc.constantFrom(...(Object.keys(MOODS) as Mood[])).map((mood) => act('fare', (job) => job.fare(mood))) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => act('reload', (job) => job.reload(n))) },
  { weight: 2, arbitrary: span.map((ms) => act('kill', (job) => job.restart(ms))) },
];

/** What must be true at every moment, by name. */
export type Laws = Record<string, (scene: Scene) => boolean>;

class Command implements fc.AsyncCommand<object, JobAtWork> {
  private readonly act: Act;
  private readonly laws: Laws;

  constructor(act: Act, laws: Laws) {
    this.act = act;
    this.laws = laws;
  }

  check(): boolean {
    return true;
  }

  async run(_: object, job: JobAtWork): Promise<void> {
    await this.act.do(job);
    const broken = Object.entries(this.laws).find(([, holds]) => !holds(job.scene));
    if (broken) throw new Error(`${job.told.join('\n')}\n\nbreaks the law “${broken[0]}”${lastOf(job.scene)}`);
  }

  toString(): string {
    return this.act.name;
  }
}

/** Whatever happens, no law is broken, and when all is well again no work is left. */
export async function lawfulAtWork(laws: Laws, runs: number): Promise<void> {
  const command = fc.oneof(...ACTS).map((one) => new Command(one, laws));
  const property = fc.asyncProperty(fc.commands([command], { maxCommands: 30, size: 'max' }), async (commands) => {
    const job = await new JobAtWork().begin();
    await fc.asyncModelRun(() => ({ model: {}, real: job }), commands);
    const { left } = await job.recover();
    if (left > 0) throw new Error(`${job.told.join('\n')}\n\n${left} tasks are left although nothing holds the job`);
    job.end();
  });
  const found = await fc.check(property, { numRuns: runs, interruptAfterTimeLimit: 60_000 });
  if (!found.failed) return;
  const cause = found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance);
  throw new Error(`The shortest history that was found (seed ${found.seed}, path "${found.counterexamplePath}"):\n\n${cause}\n`);
}
