/** `jobctl open`: a fresh link to the runner's page. */
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { addressOf, findRunner } from '../runner.ts';

const ANSWER_MS = 5_000;

export async function open({ data, clock, terminal }: Desk, { readOnly = false }: { readOnly?: boolean }): Promise<void> {
  const { url, token } = addressOf(findRunner(data));
  const request = {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ scope: readOnly ? 'read' : 'control' }),
  };
  const patience = new AbortController();
  const timer = clock.setTimeout(() => patience.abort(), ANSWER_MS);
  const response = await fetch(`${url}/code`, { ...request, signal: patience.signal })
    .catch((cause: unknown) => {
      throw new Failure(EXIT.stopped, 'unreachable', `the runner does not answer at ${url}`, { cause });
    })
    .finally(() => clock.clearTimeout(timer));
  const answer = (await response.json()) as { ok: true; url: string } | { ok: false; code: string; message: string };
  if (!answer.ok) throw new Failure(EXIT.failed, answer.code, answer.message);
  if (terminal.json) return terminal.document(answer);
  terminal.print(answer.url);
  terminal.say('good once, for a minute');
}
