/**
 * Writes that are no part of a flush: a stage's version, a configuration. While another program writes, or the disk is
 * full, they wait for their time, and nobody is blamed. One at a time, for each try makes the loop wait for a moment.
 */
import type { Clock } from '../actors/ports.ts';
import type { Space } from './disk-space.ts';
import { troubleOf } from './store/errors.ts';

const RETRY_MS = { busy: 200, full: 1_000 };

export class PatientWrites {
  private readonly clock: Clock;
  private readonly space: Space;
  private last: Promise<unknown> = Promise.resolve();

  constructor({ clock, space }: { clock: Clock; space: Space }) {
    this.clock = clock;
    this.space = space;
  }

  /** Resolves to what `write` answers when it could; rejects with what is no matter of time. */
  write<T>(write: () => T): Promise<T> {
    const written = this.last.then(() => this.attempt(write));
    this.last = written.catch(() => {});
    return written;
  }

  private async attempt<T>(write: () => T): Promise<T> {
    for (;;) {
      try {
        return write();
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble === 'broken') throw error;
        if (trouble === 'full') this.space.full((error as { code: string }).code);
        await new Promise<void>((resolve) => this.clock.setTimeout(resolve, RETRY_MS[trouble]));
      }
    }
  }
}
