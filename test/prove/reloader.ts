/**
 * Somebody who edits jobs.yaml all the time, while the runner lives and dies: numbers, a stage that goes and comes back, a job
 * that comes and goes, files with mistakes and halves of files.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Life } from './life.ts';
import type { Place } from './place.ts';
import { Wire } from './wire.ts';

/** How the runner hears of a new text: it is asked, it gets a signal, or it sees the file. */
const WAYS = ['command', 'signal', 'watch'] as const;
/** One connection may send 50 messages a second, after the first 100. */
const MOST_A_LIFE = 100;

export class Reloader {
  readonly counts = { written: 0, accepted: 0, refused: 0, unanswered: 0 };
  private readonly place: Place;
  private readonly rest: () => Promise<void>;
  private readonly whole: string;
  private readonly sound: readonly string[];
  private readonly broken: readonly string[];

  constructor(place: Place, rest: () => Promise<void>) {
    this.place = place;
    this.rest = rest;
    this.whole = readFileSync(place.config, 'utf8');
    this.sound = soundTexts(this.whole);
    this.broken = brokenTexts(this.whole);
  }

  /** Before a start: something that a runner can start with, not always what the last one had. */
  leave(): void {
    this.write(any(this.sound), true);
  }

  /** Edits until the runner has ended, or enough has been said for one life. */
  async work(life: Life): Promise<void> {
    await life.ready;
    const address = life.address();
    const wire = address && (await Wire.open(address));
    for (let n = 0; wire && n < MOST_A_LIFE && !wire.isClosed; n++) {
      this.write(any(Math.random() < 0.75 ? this.sound : this.broken), Math.random() < 0.5);
      await this.tell(wire, life);
      await this.rest();
    }
    wire?.close();
  }

  /** All as it was at first: with this the work is finished. */
  restore(): void {
    this.write(this.whole, true);
  }

  async settle(wire: Wire): Promise<void> {
    this.restore();
    await this.ask(wire);
  }

  private tell(wire: Wire, life: Life): Promise<void> | void {
    const way = any(WAYS);
    if (way === 'command') return this.ask(wire);
    if (way === 'signal') life.signal('SIGHUP');
  }

  private async ask(wire: Wire): Promise<void> {
    const answer = await wire.ask({ id: crypto.randomUUID(), command: { type: 'RELOAD', dryRun: false } });
    if (!answer) this.counts.unanswered += 1;
    else if (answer.ok) this.counts.accepted += 1;
    else if (answer.code === 'invalid_config' || answer.code === 'not_stored') this.counts.refused += 1;
    else throw new Error(`a reload was answered ${JSON.stringify(answer)}`);
  }

  /** As editors do: some replace the file, some write into it. */
  private write(text: string, byRename: boolean): void {
    this.counts.written += 1;
    if (!byRename) return writeFileSync(this.place.config, text);
    writeFileSync(`${this.place.config}~`, text);
    renameSync(`${this.place.config}~`, this.place.config);
  }
}

/** The jobs that the operator works with are in each of them: to whom belongs a pause of a job that is not there? */
function soundTexts(text: string): string[] {
  const withoutScore = text.replace(', { name: score }]', ']');
  const withEast = `${text}  east: *flow\n`;
  return [
    text,
    text.replace('concurrency: 2', 'concurrency: 5'),
    `# a remark\n${text}`,
    withoutScore,
    withEast,
    withoutScore.replace('every: 1h', 'every: 2h'),
    withEast.replace('backoff: 5ms..20ms', 'backoff: 7ms..20ms'),
    text.replace('timeout: 150ms', 'timeout: 140ms'),
  ];
}

function brokenTexts(text: string): string[] {
  return [text.slice(0, text.length / 2), text.replace('handlers/flow.ts', 'handlers/flwo.ts'), text.replace('concurrency', 'concurency'), `${text}jobs: {}\n`, ''];
}

const any = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)]!;
