/** Values that the runner knows, for whoever writes a filter. */
import type { Handle } from '../store/open.ts';
import { jobNames, lastKinds, stageNames } from '../store/names-view.ts';
import type { Known } from './complete.ts';

const MOST_KINDS = 20;

export const knownTo = (db: Handle): Known => ({
  jobs: () => jobNames(db).map(({ job, emoji, archived }) => ({ text: job, about: [emoji, archived === 1 && 'archived'].filter(Boolean).join(' ') })),
  stages: (jobs) => [...Map.groupBy(stageNames(db).filter(({ job }) => jobs.length === 0 || jobs.includes(job)), ({ stage }) => stage)].map(([text, of]) => ({ text, about: of.map(({ job }) => job).join(', ') })),
  fingerprints: () => lastKinds(db, MOST_KINDS).map(({ fingerprint, name, message }) => ({ text: fingerprint, about: `${name}: ${message}` })),
});
