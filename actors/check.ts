/**
 * Asks a handler's own check once. Whatever it does (throws, loops in a thread, never comes back, returns nonsense), an answer
 * comes within the time that it has: one that says nothing has failed, for it guards nothing.
 */
import { fromCallback } from 'xstate';
import { UNLOADABLE_CHECK, type Asked, type GuardsEvent } from '../machines/guards.ts';
import { VALIDATE, type Claim, type Finding, type Outcome, type Ports } from './ports.ts';

const TIMEOUT_MS = 30_000;
const LONGEST_REASON = 500;

type Tell = (event: GuardsEvent) => void;

export const check = ({ clock, handlers, vitals }: Ports) =>
  fromCallback<{ type: string }, { job: string; asked: Asked }>(({ input: { job, asked }, sendBack }) => {
    const tell = sendBack as Tell;
    const ending = new AbortController();
    const { given, spent } = vitals.of(job, asked);
    let over = false;
    const end = (problem: string | null) => {
      if (over) return;
      over = true;
      clock.clearTimeout(timer);
      const at = clock.now();
      tell(problem === null ? { type: 'check.passed', spent, at } : { type: 'check.failed', reason: `guard: ${problem}`.slice(0, LONGEST_REASON), spent, at });
    };
    const timer = clock.setTimeout(() => {
      const late = `validate() did not answer within ${TIMEOUT_MS / 1000} s`;
      end(late);
      ending.abort(new DOMException(late, 'TimeoutError'));
    }, TIMEOUT_MS);
    const run = async () => {
      if (!handlers.isReady(job, VALIDATE)) await handlers.prepare(job, VALIDATE);
      const { outcome } = await handlers.run(claimOf(job, given), ending.signal);
      end(problemIn(outcome));
    };
    run().catch((error: Error) => over || tell({ type: 'check.unloadable', reason: `${UNLOADABLE_CHECK}${error.message}`, at: clock.now() }));
    return () => {
      over = true;
      clock.clearTimeout(timer);
      ending.abort(new Error('nobody waits for it any more'));
    };
  });

const claimOf = (job: string, data: string): Claim => ({ job, stage: VALIDATE, itemId: 0, key: VALIDATE, data, priority: 0, attempt: 1, tries: 0, lease: 0, upstream: '' });

function problemIn(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'done':
      return (JSON.parse(outcome.output) as Finding).problem;
    case 'failed':
      return `validate() failed with ${outcome.error.name}: ${outcome.error.message}`;
    default:
      return 'validate() was cut off';
  }
}
