/**
 * The kill test: one runner after the other on the same folder, each killed with -9 in the middle of its work, while
 * items flow and orders arrive. After each death the file is audited as it was left; the last runner finishes the work.
 */
import type { JobView } from '../../inspector/protocol.ts';
import { AckLog } from './ack-log.ts';
import type { Claim, Finding } from './audit/finding.ts';
import { holdsAsSaid } from './audit/orders.ts';
import { Auditor, type Death } from './auditor.ts';
import { Life, type Ending } from './life.ts';
import { Operator } from './operator.ts';
import { JOBS, makePlace, STAGES, type Job, type Place } from './place.ts';
import { quantile } from './quantile.ts';
import { Reloader } from './reloader.ts';
import { SideEffects } from './side-effects.ts';
import { Wire } from './wire.ts';

/** What a moment of death may depend on. Nothing of it need ever happen. */
export type Witness = {
  /** This life's number, from 0. */
  n: number;
  /** The runner answers. */
  ready: Promise<void>;
  /** This life has started `n` handlers. */
  starts(n: number): Promise<void>;
  /** `n` orders were acknowledged in this life. */
  acknowledged(n: number): Promise<void>;
  /** Handler starts that this life should see, so that the work lasts as long as the kills. */
  pace: number;
};

export type Plan = {
  kills: number;
  items: number;
  /** Resolves when the runner is to be killed. */
  moment(witness: Witness): Promise<unknown>;
  /** Waits between two orders. */
  rest(): Promise<void>;
  /** Share of the items of which a stage answers after its time-out, at its first start. */
  late?: number;
  /** Somebody edits jobs.yaml meanwhile: waits between two edits. Left out, it stays as it is. */
  edits?(): Promise<void>;
  /** Some handlers hold their job, fail their item, or take the process with them. */
  troubles?: boolean;
  /** A module that is loaded before the runner: how a control breaks it. */
  preload?: string;
  /** Ends as soon as something was found against this claim. */
  until?: Claim;
  tell?(line: string): void;
};

/** ms, to the first handler that a restarted runner has started. */
export type Restart = { fromSpawn: number; fromProcess: number };
export type Report = {
  findings: Finding[];
  deaths: Death[];
  restarts: Restart[];
  /** How late pauses ended that had an end. */
  latenessMs: number[];
  orders: Record<'acknowledged' | 'PAUSE' | 'RESUME' | 'ADD', number>;
  items: number;
  starts: number;
  /** Attempts that were timed out, and answered later. */
  timedOut: number;
  outputs: number;
  /** Actors that died, and holds for it. */
  unrest: Auditor['unrest'];
  /** What was made of jobs.yaml meanwhile; zeros when nobody edited it. */
  reloads: Reloader['counts'];
  replays: Auditor['replays'];
  /** Of the machine, in the middle of the times. */
  load: number;
  seconds: number;
};

/** A runner that does nothing for so long, though there is work, will not do it any more. */
const PATIENCE_MS = 30_000;
const LATE = 0.05;

export async function campaign(plan: Plan): Promise<Report> {
  const place = makePlace();
  const effects = new SideEffects(place.ledger);
  const running = new Campaign(plan, place, effects);
  const leave = () => {
    running.abandon();
    place.remove();
  };
  process.once('exit', leave);
  try {
    return await running.run();
  } finally {
    process.off('exit', leave);
    effects.close();
    leave();
  }
}

class Campaign {
  private readonly plan: Plan;
  private readonly place: Place;
  private readonly effects: SideEffects;
  private readonly log = new AckLog();
  private readonly operator: Operator;
  private readonly auditor: Auditor;
  private readonly reloader: Reloader | undefined;
  private readonly restarts: Restart[] = [];
  private life: Life | undefined;

  constructor(plan: Plan, place: Place, effects: SideEffects) {
    this.plan = plan;
    this.place = place;
    this.effects = effects;
    this.auditor = new Auditor(place, this.log, effects);
    this.reloader = plan.edits && new Reloader(place, plan.edits);
    this.operator = new Operator(this.log, { items: plan.items, late: plan.late ?? LATE, starts: () => effects.starts.length, rest: plan.rest, troubles: plan.troubles ?? false });
  }

  async run(): Promise<Report> {
    const { kills, items, until, tell = () => {} } = this.plan;
    const startedAt = performance.now();
    for (let n = 0; n < kills && !this.auditor.refutes(until); n++) {
      await this.liveAndDie(n);
      tell(`${n + 1} of ${kills} kills · ${this.auditor.last.done} of ${items * STAGES.length} tasks done · ${this.log.acknowledged().length} commands acknowledged`);
    }
    if (!this.auditor.refutes(until)) await this.finish();
    return this.report((performance.now() - startedAt) / 1000);
  }

  /** Leaves no process behind. */
  abandon(): void {
    this.life?.kill();
  }

  private begin(): { life: Life; before: number } {
    this.reloader?.leave();
    this.life = new Life(this.place, { ...(this.plan.preload !== undefined && { preload: this.plan.preload }) });
    return { life: this.life, before: this.effects.starts.length };
  }

  private async liveAndDie(n: number): Promise<void> {
    const { life, before } = this.begin();
    const fuse = setTimeout(() => {
      this.auditor.found('alive', `life ${n} came to nothing in ${PATIENCE_MS / 1000} s: ${life.lines.at(-1)}`);
      life.kill();
    }, PATIENCE_MS);
    const sessions = [this.operate(life, before), this.reloader?.work(life)];
    void this.plan.moment(this.witness(n, life, before)).then(() => life.kill());
    const { signal, code } = await life.ended;
    clearTimeout(fuse);
    await Promise.all(sessions);
    this.effects.read();
    if (signal !== 'SIGKILL') this.auditor.found('alive', `life ${n} ended by itself (${signal ?? code}): ${life.lines.slice(-5).join(' | ')}`);
    this.measure(life, before);
    this.auditor.afterDeath(life);
  }

  private witness(n: number, life: Life, before: number): Witness {
    const left = this.plan.items * STAGES.length - this.auditor.last.done;
    return {
      n,
      ready: life.ready,
      starts: (count) => this.effects.reached(before + count),
      acknowledged: (count) => this.operator.whenAcknowledged(count),
      pace: left / (this.plan.kills - n),
    };
  }

  private async operate(life: Life, before: number): Promise<void> {
    const wire = await this.connect(life, before);
    if (wire) await this.operator.work(wire);
    wire?.close();
  }

  /** Not before the first claim, if there is one to be: so that no pause falls into the time that it takes. */
  private async connect(life: Life, before: number): Promise<Wire | undefined> {
    await life.ready;
    const address = life.address();
    if (!address) return undefined;
    if (this.auditor.last.claimable) await Promise.race([this.effects.reached(before + 1), life.ended]);
    const wire = await Wire.open(address);
    for (const { id, holds } of (await wire?.jobs()) ?? []) this.auditor.findings.push(...holdsAsSaid(id as Job, holds, this.log, Date.now()));
    return wire;
  }

  private measure(life: Life, before: number): void {
    const first = this.effects.starts[before];
    if (first && this.auditor.last.claimable) this.restarts.push({ fromSpawn: first.at - life.startedAt, fromProcess: first.at - first.origin });
  }

  // ---------------------------------------------------------------- the end

  /** The last runner is let live: it gets all that is left to add, lifts all holds, and works until all is done. A handler may still end it. */
  private async finish(): Promise<void> {
    for (let ending = await this.finishing(); ending.signal === 'SIGKILL' && !this.life!.killedAt; ending = await this.finishing()) this.auditor.afterDeath(this.life!);
    this.auditor.atTheEnd();
  }

  private async finishing(): Promise<Ending> {
    const { life, before } = this.begin();
    // What is left may be of a stage that the text of this start does not have: then nothing would start.
    this.reloader?.restore();
    const wire = await this.connect(life, before);
    if (wire) {
      await this.reloader?.settle(wire);
      await this.operator.repeat(wire);
      for (let order = this.operator.addition(); order && !wire.isClosed; order = this.operator.addition()) await this.operator.order(wire, order);
      for (const job of JOBS) await this.operator.order(wire, { type: 'RESUME', job, force: false });
      await this.quiet(wire);
      wire.close();
    }
    const ending = life.isOver ? await life.ended : await life.stop();
    if (ending.code !== 0 && ending.signal !== 'SIGKILL') this.auditor.found('alive', `the last runner ended with ${ending.code}: ${life.lines.slice(-5).join(' | ')}`);
    this.effects.read();
    this.measure(life, before);
    return ending;
  }

  /** What fails or holds on the way is lifted and tried again, as somebody who wants it done would. */
  private async mend(wire: Wire, jobs: readonly JobView[]): Promise<void> {
    // One that jobs.yaml has no more takes no orders.
    for (const { id, holds, stages } of jobs.filter(({ state }) => state !== 'archived')) {
      if (holds.length > 0) await this.operator.order(wire, { type: 'RESUME', job: id as Job, force: false });
      if (stages.some(({ dead, failed }) => dead + failed > 0)) await this.operator.order(wire, { type: 'RETRY', job: id as Job });
    }
  }

  /** Resolves when every task is done, or nothing more happens. */
  private async quiet(wire: Wire): Promise<void> {
    const over = Promise.withResolvers<void>();
    let patience = setTimeout(over.resolve, PATIENCE_MS);
    let seen = '';
    const look = (jobs: readonly JobView[]) => {
      const done = jobs.flatMap(({ stages }) => stages.map((stage) => stage.done));
      if (done.join() === seen) return;
      seen = done.join();
      clearTimeout(patience);
      if (done.reduce((sum, n) => sum + n, 0) === this.plan.items * STAGES.length) over.resolve();
      else patience = setTimeout(over.resolve, PATIENCE_MS);
    };
    let mending = Promise.resolve();
    const hear = (jobs: readonly JobView[]) => {
      look(jobs);
      mending = mending.then(() => this.mend(wire, jobs));
    };
    wire.onPatch = hear;
    hear((await wire.jobs()) ?? []);
    await Promise.race([over.promise, wire.closed]);
    clearTimeout(patience);
    wire.onPatch = () => {};
    await mending;
  }

  private report(seconds: number): Report {
    const taken = this.log.acknowledged().filter(({ answer }) => answer!.ok);
    const count = (type: string) => taken.filter(({ order }) => order.type === type).length;
    const { auditor, operator, effects, restarts } = this;
    return {
      ...auditor.inTotal(),
      findings: auditor.findings,
      deaths: auditor.deaths,
      restarts,
      orders: { acknowledged: this.log.acknowledged().length, PAUSE: count('PAUSE'), RESUME: count('RESUME'), ADD: count('ADD') },
      items: operator.added,
      starts: effects.starts.length,
      outputs: auditor.last.done,
      reloads: this.reloader?.counts ?? { written: 0, accepted: 0, refused: 0, unanswered: 0 },
      unrest: auditor.unrest,
      replays: auditor.replays,
      load: quantile(auditor.loads, 0.5),
      seconds,
    };
  }
}
