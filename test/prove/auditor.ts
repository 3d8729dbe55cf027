/** Looks at the file as each dead runner has left it, and at the end at all of it. */
import os from 'node:os';
import { replayAll } from '../../runtime/recorder/replay.ts';
import type { Handle } from '../../runtime/store/open.ts';
import type { AckLog } from './ack-log.ts';
import { findings, type Claim, type Finding } from './audit/finding.ts';
import { lapses, overdue } from './audit/lapses.ts';
import { holdsInRows, rememberedOrders } from './audit/orders.ts';
import { startsAgainstOutputs, startsInSilence } from './audit/outside.ts';
import { exactCounts, finishedTasks, keptTasks, singleOutputs, soundFile, standing, timeOuts, type Standing } from './audit/tasks.ts';
import { Replays } from './audit/replays.ts';
import { unrestIn, type Unrest } from './audit/unrest.ts';
import type { Life } from './life.ts';
import { reading, type Place } from './place.ts';
import type { SideEffects } from './side-effects.ts';

/** What was in flight when the runner was killed. */
export type Death = { running: number; unacknowledged: number };

export class Auditor {
  readonly findings: Finding[] = [];
  readonly deaths: Death[] = [];
  readonly replays = new Replays();
  readonly unrest: Unrest = { actorDeaths: 0, supervisionHolds: 0 };
  /** Of the machine, at each death. */
  readonly loads: number[] = [];
  /** As of the last look. */
  last: Standing = { epoch: 0, running: [], dead: [], done: 0, claimable: false };
  private readonly place: Place;
  private readonly log: AckLog;
  private readonly effects: SideEffects;
  /** How often each task was the only one that ran when the runner was killed. */
  private readonly soloDeaths = new Map<string, number>();
  /** Acknowledged orders that were looked up once. */
  private remembered = 0;

  constructor(place: Place, log: AckLog, effects: SideEffects) {
    this.place = place;
    this.log = log;
    this.effects = effects;
  }

  found(claim: Claim, what: string): void {
    this.findings.push({ claim, what });
  }

  refutes(claim: Claim | undefined): boolean {
    return this.findings.some((finding) => finding.claim === claim);
  }

  afterDeath({ startedAt, killedAt = Date.now() }: Life): void {
    const acknowledged = this.log.acknowledged().slice(this.remembered);
    this.remembered += acknowledged.length;
    const now = reading(this.place, (db) => {
      this.look(db);
      this.findings.push(...holdsInRows(db, this.log, killedAt), ...rememberedOrders(db, acknowledged));
      return standing(db);
    });
    // One that was killed before its boot transaction has left what the one before it had left.
    const running = now.epoch > this.last.epoch ? now.running : [];
    if (running.length === 1) this.soloDeaths.set(running[0]!, (this.soloDeaths.get(running[0]!) ?? 0) + 1);
    const unanswered = this.log.unacknowledged().filter(({ deliveredAt }) => deliveredAt > startedAt && deliveredAt <= killedAt);
    this.deaths.push({ running: running.length, unacknowledged: unanswered.length });
    this.loads.push(os.loadavg()[0]!);
    this.last = now;
  }

  /** When the last runner has finished the work. */
  atTheEnd(): void {
    const innocent = this.last.dead.filter((task) => (this.soloDeaths.get(task) ?? 0) < 3);
    this.findings.push(...findings('unblamed', innocent, (task) => `${task} is dead, and was alone at ${this.soloDeaths.get(task) ?? 0} kills`));
    this.last = reading(this.place, (db) => {
      this.look(db);
      this.findings.push(...this.replayed(db), ...finishedTasks(db), ...soundFile(db), ...overdue(db), ...rememberedOrders(db, this.log.acknowledged()));
      return standing(db);
    });
  }

  /** Over all lives. */
  inTotal(): { latenessMs: number[]; timedOut: number } {
    this.findings.push(...startsInSilence(this.effects.starts, this.log.silences()));
    return reading(this.place, (db) => {
      const { latenessMs, findings: late } = lapses(db, Math.max(...this.loads, 0) / os.availableParallelism());
      Object.assign(this.unrest, unrestIn(db));
      this.findings.push(...late);
      return { latenessMs, timedOut: timeOuts(db) };
    });
  }

  private look(db: Handle): void {
    this.findings.push(...keptTasks(db), ...singleOutputs(db), ...exactCounts(db), ...startsAgainstOutputs(db, this.effects.starts), ...this.replays.audit(db));
  }

  /** From the beginning, as `jobctl replay --all` does it. */
  private replayed(db: Handle): Finding[] {
    return findings('folded', replayAll(db).filter(({ ok }) => !ok), ({ path, ...where }) => `${path}: ${JSON.stringify(where)}`);
  }
}
