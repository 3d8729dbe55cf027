import { feed } from './feed.ts';
import { files } from './files.ts';
import { manual } from './manual.ts';
import { npm_lockfile } from './npm-lockfile.ts';
import { tracker_query } from './tracker-query.ts';

/** All that `discovery.strategy` may name. */
export const strategies = { feed, files, tracker_query, npm_lockfile, manual };
