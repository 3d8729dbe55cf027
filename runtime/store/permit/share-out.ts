/**
 * Who gets the slots and tokens that are free: who has waited longest, one task each, and round again. So a stage with a
 * thousand tasks gets no more of them than one with three, and none waits for ever: see `Permits.keepFor`.
 */
import type { ClaimRequest } from '../types.ts';
import type { Permits } from './permits.ts';

/** One that had a task to start and lacked something. `keeps`: what it needs besides is kept for it. */
export type Short = { job: string; stage: string; slots: string[]; tokens: string[]; keeps: boolean };

/** A request on its way round. `rows`: one more than could start when it was asked, so that it shows whether it waits. */
type Turn<Row> = { request: ClaimRequest; rows: Row[]; taken: number };
type Sharing<Row> = { permits: Permits; rowsOf(request: ClaimRequest, limit: number): Row[]; affords(request: ClaimRequest): boolean; start(request: ClaimRequest, row: Row): void };

/** @param requests in no order; those of one flush that have never waited are taken as they come */
export function shareOut<Row>(requests: readonly ClaimRequest[], { permits, rowsOf, affords, start }: Sharing<Row>): Short[] {
  const short: Short[] = [];
  const giveOne = (turn: Turn<Row>): boolean => {
    const { request, rows, taken } = turn;
    const row = rows[taken];
    if (row === undefined || taken === request.limit) return false;
    // No slot is kept for one that lacks money.
    if (!affords(request)) return false;
    if (permits.most(request) < 1) {
      const { job, stage } = request;
      short.push({ job, stage, ...permits.shortOf(request), keeps: permits.keepFor(request) });
      return false;
    }
    start(request, row);
    permits.take(request);
    turn.taken += 1;
    return true;
  };
  const ask = (request: ClaimRequest): Turn<Row> => ({ request, rows: rowsOf(request, Math.min(request.limit, permits.most(request) + 1)), taken: 0 });
  let round = longestWaitingFirst(requests).map(ask);
  while (round.length > 0) round = round.filter(giveOne);
  return short;
}

function longestWaitingFirst(requests: readonly ClaimRequest[]): ClaimRequest[] {
  const place = ({ ticket = Number.MAX_SAFE_INTEGER }: ClaimRequest) => ticket;
  return requests.toSorted((a, b) => place(a) - place(b));
}
