/** One folder with its runners, an operator who adds work and remembers what was acknowledged, and audits of what is left. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../audit/finding.ts';
import { rememberedOrders } from '../audit/orders.ts';
import { startsAgainstOutputs } from '../audit/outside.ts';
import { exactCounts, finishedTasks, keptTasks, singleOutputs, soundFile } from '../audit/tasks.ts';
import { AckLog } from '../ack-log.ts';
import { Life, type LifeOptions } from '../life.ts';
import { wait } from '../moments.ts';
import { Operator } from '../operator.ts';
import { makePlace, reading, STAGES, type Place } from '../place.ts';
import { SideEffects } from '../side-effects.ts';
import { Wire } from '../wire.ts';

const PATIENCE_MS = 30_000;
const WORK_MS = 200;

export class Trial {
  readonly place: Place;
  readonly log = new AckLog();
  readonly operator: Operator;
  readonly effects: SideEffects;
  private readonly lives = new Set<Life>();
  private readonly copies: string[] = [];

  /** @param within a folder for it all; one of its own when left out */
  constructor({ items, fails, within }: { items: number; fails?: number; within?: string }) {
    this.place = makePlace(within);
    this.effects = new SideEffects(this.place.ledger);
    this.operator = new Operator(this.log, { items, late: 0, ...(fails !== undefined && { fails }), starts: () => this.effects.starts.length, rest: () => wait(1) });
    process.once('exit', this.close);
  }

  get database(): string {
    return path.join(this.place.dataDir, 'rivus.db');
  }

  start(options: LifeOptions = {}): Life {
    const life = new Life(this.place, options);
    this.lives.add(life);
    void life.ended.then(() => this.lives.delete(life));
    return life;
  }

  /** A connection to a runner that answers; undefined when it has ended. */
  async connect(life: Life): Promise<Wire | undefined> {
    await life.ready;
    const address = life.address();
    return address && Wire.open(address);
  }

  /** Adds items until all are added, or nobody answers any more. */
  async add(wire: Wire | undefined, most = Infinity): Promise<void> {
    if (!wire) return;
    await this.operator.repeat(wire);
    for (let n = 0; n < most && !wire.isClosed; n++) {
      const order = this.operator.addition();
      if (!order || !(await this.operator.order(wire, order))) return;
    }
  }

  /** A life that is not disturbed, for so many orders; then it is killed, so that the WAL is left as it is. */
  async liveAndBeKilled(orders: number): Promise<void> {
    const life = this.start();
    const wire = await this.connect(life);
    await this.add(wire, orders);
    await wait(WORK_MS);
    life.kill();
    await life.ended;
  }

  /** What must hold of what a dead runner has left. */
  audit(): Finding[] {
    this.effects.read();
    return reading(this.place, (db) => [
      ...keptTasks(db), ...singleOutputs(db), ...exactCounts(db), ...soundFile(db), ...startsAgainstOutputs(db, this.effects.starts), ...rememberedOrders(db, this.log.acknowledged()),
    ]);
  }

  /** A runner that is left alone does all that is left to do; then everything must be there, once. */
  async finish(options: LifeOptions = {}): Promise<Finding[]> {
    const life = this.start(options);
    const wire = await this.connect(life);
    await this.add(wire);
    await this.quiet(wire);
    wire?.close();
    const { code } = await life.stop();
    const ended: Finding[] = code === 0 ? [] : [{ claim: 'alive', what: `the last runner ended with ${code}: ${life.lines.slice(-3).join(' | ')}` }];
    return [...ended, ...this.audit(), ...reading(this.place, finishedTasks)];
  }

  /** Resolves when every task of every item is done, or nothing has happened for long. */
  async quiet(wire: Wire | undefined): Promise<boolean> {
    let seen = -1;
    for (let since = Date.now(); wire && !wire.isClosed && Date.now() - since < PATIENCE_MS; await wait(50)) {
      const jobs = (await wire.jobs()) ?? [];
      const done = jobs.reduce((sum, { stages }) => sum + stages.reduce((all, stage) => all + stage.done, 0), 0);
      if (done === this.operator.added * STAGES.length) return true;
      if (done !== seen) since = Date.now();
      seen = done;
    }
    return false;
  }

  /** The data folder as it is now, to be put back as often as one likes. */
  keep(): { restore(): void } {
    const copy = `${this.place.dataDir}.copy-${this.copies.length + 1}`;
    cpSync(this.place.dataDir, copy, { recursive: true });
    this.copies.push(copy);
    return {
      restore: () => {
        rmSync(this.place.dataDir, { recursive: true });
        mkdirSync(this.place.dataDir, { mode: 0o700 });
        cpSync(copy, this.place.dataDir, { recursive: true });
      },
    };
  }

  /** Leaves neither processes nor files behind. */
  readonly close = (): void => {
    process.off('exit', this.close);
    for (const life of this.lives) life.kill();
    this.effects.close();
    this.place.remove();
  };
}
