/** The runner as it was at a moment, as far as the journal and a few rows have kept it. What it took and who was connected they have not. */
import type { RunnerThenView } from '../../inspector/protocol.ts';
import type { Restarts } from '../../machines/restarts.ts';
import { readAside } from '../store/aside-view.ts';
import { readRevisionThen } from '../store/config-revisions.ts';
import { deathsOf } from '../store/deaths-view.ts';
import type { Handle } from '../store/open.ts';
import { keptRange } from '../store/replay-view.ts';
import { readStart } from '../store/starts-view.ts';
import { momentOf } from './moment.ts';
import { plansAt } from './plans-then.ts';

const MOST_ASIDE = 20;

export function runnerThen(db: Handle, seq: number): RunnerThenView {
  const at = momentOf(db, seq);
  const { jobs, parents } = plansAt(db, seq);
  const start = readStart(db, seq);
  const revision = readRevisionThen(db, at);
  const { first, last } = keptRange(db);
  return {
    at, seq, jobs: jobs.length, journal: { first: first ?? seq, last: last ?? seq },
    ...(start !== undefined && { startedAt: start }),
    ...(revision && { revision: { id: revision.id, at: revision.at } }),
    restarts: parents().flatMap(({ path, restarts }) => restartsBelow(path, restarts)).toSorted((a, b) => b.restarts.lastAt - a.restarts.lastAt),
    aside: readAside(db).filter((row) => row.at <= at).slice(0, MOST_ASIDE),
  };
}

/** As its parent remembered them. `path` of the root: ''. */
function restartsBelow(path: string, restarts: Restarts): RunnerThenView['restarts'] {
  return Object.keys(restarts.histories).map((id) => {
    const known = deathsOf(restarts, id)!;
    return { path: path === '' ? id : `${path}/${id}`, state: known.nextAt === null ? 'given up' : known.nextAt === undefined ? 'alive' : 'restarting', restarts: known };
  });
}
