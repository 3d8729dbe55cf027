import { manual } from './manual.ts';
import { npm_lockfile } from './npm-lockfile.ts';
import { tracker_query } from './tracker-query.ts';

/** All that `discovery.strategy` may name. */
export const strategies = { npm_lockfile, manual, tracker_query };
