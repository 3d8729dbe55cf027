/**
 * What attempts log and ask of the web while they are at it, until they are settled. Bounded: the newest is kept, for it says why an attempt
 * ended as it did. Nothing is made for an attempt that does neither.
 */
import { VALIDATE, type AttemptLog, type Claim, type HttpCall, type LogLine } from '../../actors/ports.ts';

const MOST_LINES = 200;
const MOST_CALLS = 100;
/** Characters of all lines together, and of all calls. */
const MOST_TEXT = 32_768;
/** Of a message, and of the facts beside it. */
const LONGEST = 2_000;
/** What stands around the text of an entry. */
const FRAME = 60;

export class AttemptLogs {
  private readonly open = new Map<Claim, OpenLog>();

  /** Secrets are struck out of it already. */
  line(claim: Claim, { at, level, message, facts }: LogLine): void {
    const text = facts && JSON.stringify(facts);
    const isLong = text !== undefined && text.length > LONGEST;
    const line = { at, level, message: shortened(message, LONGEST), ...(facts && { facts: isLong ? { facts: `left out: ${text.length} characters` } : facts }) };
    this.of(claim)?.lines.add(line, line.message.length + (isLong ? 0 : (text?.length ?? 0)));
  }

  /** As it begins: what comes of it is added to `call` itself. */
  call(claim: Claim, call: HttpCall): void {
    this.of(claim)?.calls.add(call, call.url.length);
  }

  /** What there is of an attempt that is over; it keeps nothing more. */
  take(claim: Claim): AttemptLog | undefined {
    const log = this.open.get(claim);
    if (log) this.open.delete(claim);
    return log?.view;
  }

  /** Of the attempt that runs. */
  peek({ job, stage, itemId }: Pick<Claim, 'job' | 'stage' | 'itemId'>): AttemptLog | undefined {
    for (const [claim, log] of this.open) if (claim.itemId === itemId && claim.stage === stage && claim.job === job) return log.view;
    return undefined;
  }

  /** A job's own check is no attempt: nobody takes what it says. */
  private of(claim: Claim): OpenLog | undefined {
    if (claim.stage === VALIDATE) return undefined;
    let log = this.open.get(claim);
    if (!log) this.open.set(claim, (log = new OpenLog()));
    return log;
  }
}

class OpenLog {
  readonly lines = new Newest<LogLine>(MOST_LINES);
  readonly calls = new Newest<HttpCall>(MOST_CALLS);

  get view(): AttemptLog {
    const { lines, calls } = this;
    return { lines: lines.entries, linesLost: lines.lost, calls: calls.entries, callsLost: calls.lost };
  }
}

/** The oldest make room. */
class Newest<Entry> {
  readonly entries: Entry[] = [];
  lost = 0;
  private readonly sizes: number[] = [];
  private readonly most: number;
  private size = 0;

  constructor(most: number) {
    this.most = most;
  }

  add(entry: Entry, length: number): void {
    this.entries.push(entry);
    this.sizes.push(length + FRAME);
    this.size += length + FRAME;
    while (this.entries.length > this.most || this.size > MOST_TEXT) {
      this.entries.shift();
      this.size -= this.sizes.shift()!;
      this.lost += 1;
    }
  }
}

export const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
