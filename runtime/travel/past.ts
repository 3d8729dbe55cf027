/** The past, as the runner tells it while it works: a fold over a long journal takes seconds, so all of it is told by a thread. */
import type { Clock } from '../../actors/ports.ts';
import { AskedThread } from '../asked-thread.ts';
import type { PastAnswer, PastQuery, StoodAnswer, StoodQuestion } from './answers.ts';
import { UnknownPast } from './history.ts';
import type { Stood } from './rewind.ts';

/** What was folded is known as long as the thread lives: it outlasts a thought. */
const IDLE_MS = 120_000;

export class Past {
  private readonly thread: AskedThread<PastQuery | StoodQuestion, PastAnswer | StoodAnswer>;

  /** @param dataDir holds the database, which the thread reads by itself */
  constructor({ clock, dataDir }: { clock: Clock; dataDir: string }) {
    this.thread = new AskedThread({ clock, file: new URL('./past-thread.ts', import.meta.url), name: 'past', task: 'tells the past', idleMs: IDLE_MS, data: dataDir });
  }

  answer(query: PastQuery): Promise<PastAnswer> {
    return this.thread.ask(query) as Promise<PastAnswer>;
  }

  /** How an actor stood. Rejects with UnknownPast when it did not exist then. */
  async stood(path: string, to: number): Promise<Stood> {
    const answer = (await this.thread.ask({ type: 'stood', path, to })) as StoodAnswer;
    if (!answer.ok) throw new UnknownPast(answer.message);
    return answer.view;
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
