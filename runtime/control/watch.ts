/** What one client watches: one actor, told in frames. However much it is told, there are ten frames a second, and one holds so many events. */
import type { Clock } from '../../actors/ports.ts';
import type { ActorView, MovedFrame } from '../../inspector/protocol.ts';
import type { Step, Watcher } from '../recorder/steps.ts';

const FRAME_MS = 100;
const MOST_EVENTS = 50;

export type Watched = {
  /** As it is now. */
  actor(path: string): ActorView | undefined;
  /** Answers how to end it. */
  follow(path: string, watcher: Watcher): () => void;
};

export class Watch {
  private readonly clock: Clock;
  private readonly watched: Watched;
  private readonly send: (frame: MovedFrame) => void;
  private steps: Step[] = [];
  private more = 0;
  private sentAt = -Infinity;
  private timer: unknown;
  private stop: (() => void) | undefined;

  constructor({ clock, watched, send }: { clock: Clock; watched: Watched; send(frame: MovedFrame): void }) {
    this.clock = clock;
    this.watched = watched;
    this.send = send;
  }

  /** From now on this actor, and no other. */
  begin(path: string): void {
    this.end();
    this.stop = this.watched.follow(path, { step: (step) => this.keep(path, step), end: () => this.later(path) });
  }

  end(): void {
    this.stop?.();
    this.clock.clearTimeout(this.timer);
    this.timer = this.stop = undefined;
    this.steps = [];
    this.more = 0;
  }

  /** What came last tells most. */
  private keep(path: string, step: Step): void {
    this.steps.push(step);
    if (this.steps.length > MOST_EVENTS) {
      this.steps.shift();
      this.more += 1;
    }
    this.soon(path, Math.max(0, this.sentAt + FRAME_MS - this.clock.monotonic()));
  }

  /** What is stored of one that died is there after the next flush only. */
  private later(path: string): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.soon(path, FRAME_MS);
  }

  private soon(path: string, ms: number): void {
    this.timer ??= this.clock.setTimeout(() => this.tell(path), ms);
  }

  private tell(path: string): void {
    const { steps: events, more } = this;
    this.steps = [];
    this.more = 0;
    this.timer = undefined;
    this.sentAt = this.clock.monotonic();
    this.send({ type: 'moved', path, events, ...(more > 0 && { more }), actor: this.watched.actor(path) ?? gone(path) });
  }
}

const gone = (path: string): ActorView => ({ path, machine: '', version: 0, value: null, context: null, accepts: [] });
