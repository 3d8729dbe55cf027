/** `POST /items`: what scripts, bookmarks and `jobctl add-url` bring. All of a request is taken, or nothing of it. */
import { randomUUID } from 'node:crypto';
import type { Answer, ItemAdded, ItemRequest, ItemsAnswer, NewItem } from '../../inspector/protocol.ts';
import { didYouMeanOrList } from '../config/suggest.ts';
import { route, type AcceptingJob } from '../routing/route.ts';
import type { ControlledRuntime } from './controlled.ts';

/** A request that found its job: what is answered, and what the job gets. */
export type Destined = { to: ItemAdded; item: NewItem };
type Problem = { index: number; code: string; message: string };

const STATUS: Readonly<Record<string, number>> = { bad_url: 400, unknown_job: 404, no_route: 422, bad_request: 400, not_accepted: 409 };

/** Finds the job of each. */
export function destine(requests: readonly ItemRequest[], jobs: readonly AcceptingJob[]): { destined: Destined[] } | { problems: Problem[] } {
  const found = requests.map((request) => destination(request, jobs));
  const problems = found.flatMap((one, index) => ('code' in one ? [{ index, code: one.code, message: one.message }] : []));
  return problems.length > 0 ? { problems } : { destined: found.filter((one) => 'to' in one) };
}

/** Hands each to its job; resolves when all are durable. */
export async function addItems(requests: readonly ItemRequest[], runtime: ControlledRuntime, who: string): Promise<{ status: number; answer: ItemsAnswer }> {
  const found = destine(requests, runtime.jobs);
  if ('problems' in found) return refusal(found.problems);
  const answers = await Promise.all(found.destined.map(({ to, item }) => runtime.execute({ type: 'ADD', job: to.job, items: [item] }, who, randomUUID())));
  const refused = answers.flatMap((answer, index) => (answer.ok ? [] : [{ index, code: answer.code, message: answer.message }]));
  if (refused.length > 0) return refusal(refused);
  const items = found.destined.map(({ to }, index) => ({ ...to, known: !isNew(answers[index]!) }));
  return { status: items.some(({ known }) => !known) ? 201 : 200, answer: { ok: true, items } };
}

/** Says where each would go. */
export function routeItems(requests: readonly ItemRequest[], { jobs }: ControlledRuntime): { status: number; answer: ItemsAnswer } {
  const found = destine(requests, jobs);
  return 'problems' in found ? refusal(found.problems) : { status: 200, answer: { ok: true, items: found.destined.map(({ to }) => to) } };
}

function destination({ url, job, key, data = {}, title, priority }: ItemRequest, jobs: readonly AcceptingJob[]): Destined | Omit<Problem, 'index'> {
  const more = { ...(title !== undefined && { title }), ...(priority !== undefined && { priority }) };
  if (url === undefined) {
    if (jobs.some(({ id }) => id === job)) return { to: { job: job!, key: key! }, item: { key: key!, data, ...more } };
    return { code: 'unknown_job', message: `there is no job "${job}"${didYouMeanOrList(job!, jobs.map(({ id }) => id))}` };
  }
  const found = route(url, jobs, job);
  if ('code' in found) return found;
  if (found.key.length > 1024) return { code: 'bad_url', message: `the address has ${found.key.length} characters; 1024 are the most` };
  const { pattern } = found;
  return {
    to: { job: found.job, key: found.key, url: found.url, ...(pattern !== null && { pattern }) },
    item: { key: found.key, data: { url: found.url, ...(title !== undefined && { title }) }, ...more },
  };
}

/** The message is that of the first, which for most requests is the only one. */
function refusal(problems: Problem[]): { status: number; answer: ItemsAnswer } {
  const { code, message } = problems[0]!;
  return { status: STATUS[code] ?? 500, answer: { ok: false, code, message, problems } };
}

const isNew = (answer: Answer): boolean => answer.ok && 'after' in answer && (answer.after.counts?.new ?? 0) > 0;
