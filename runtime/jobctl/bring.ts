/** Brings items to the jobs that accept them: through the living runner's POST /items; without one, to the store. */
import type { ItemAdded, ItemRequest, ItemsAnswer } from '../../inspector/protocol.ts';
import { destine } from '../control/items.ts';
import { configured } from './configured.ts';
import { delivering } from './deliver.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure, type ExitCode } from './failure.ts';
import { addressOf, findRunner, type Runner } from './runner.ts';

const ANSWER_MS = 30_000;

/** `pending`: no runner lives; the next start takes them. */
export type Brought = { pending: boolean; items: ItemAdded[] };

export function bring(desk: Desk, requests: readonly ItemRequest[], { dryRun }: { dryRun: boolean }): Promise<Brought> {
  const runner = findRunner(desk.data);
  return runner ? toRunner(desk, runner, requests, dryRun) : toStore(desk, requests, dryRun);
}

async function toRunner({ clock }: Desk, runner: Runner, requests: readonly ItemRequest[], dryRun: boolean): Promise<Brought> {
  const { url, token } = addressOf(runner);
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(), ANSWER_MS);
  try {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const response = await fetch(`${url}/items${dryRun ? '/route' : ''}`, { method: 'POST', headers, body: JSON.stringify(requests), signal: late.signal });
    const answer = (await response.json()) as ItemsAnswer;
    if (!answer.ok) throw refused(answer);
    return { pending: false, items: answer.items };
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(EXIT.stopped, 'unreachable', `the runner does not answer at ${url}: ${String((cause as Error).cause ?? cause)}`, { cause });
  } finally {
    clock.clearTimeout(timer);
  }
}

/** What jobs.yaml says now is what the next start goes by. */
async function toStore(desk: Desk, requests: readonly ItemRequest[], dryRun: boolean): Promise<Brought> {
  const { spec } = await configured(desk, 'what the jobs accept stands in this file');
  const found = destine(requests, spec.jobs);
  if ('problems' in found) throw refused({ ok: false, code: found.problems[0]!.code, message: found.problems[0]!.message, problems: found.problems });
  if (!dryRun) {
    await delivering(desk, async (deliver) => {
      for (const { to, item } of found.destined) await deliver({ type: 'ADD', job: to.job, items: [item] });
    });
  }
  return { pending: true, items: found.destined.map(({ to }) => to) };
}

const EXIT_OF: Readonly<Record<string, ExitCode>> = { bad_url: EXIT.usage, bad_request: EXIT.usage, too_large: EXIT.usage, no_route: EXIT.notFound, unknown_job: EXIT.notFound, not_accepted: EXIT.notAccepted };

/** Nothing was taken; each that is in the way is named. */
function refused({ code, message, problems = [] }: ItemsAnswer & { ok: false }): Failure {
  const all = problems.length > 1 ? [...new Set(problems.map((problem) => problem.message))].join('\n') : message;
  const hint = code === 'no_route' ? 'add a pattern to `accepts:` of a job in jobs.yaml, or name the job with --job' : undefined;
  return new Failure(EXIT_OF[code] ?? EXIT.failed, code, all, { ...(hint && { hint }), problems });
}
