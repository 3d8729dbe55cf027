import { feed } from './feed.ts';
import { files } from './files.ts';
import { json_api } from './json-api.ts';
import { manual } from './manual.ts';
import { npm_lockfile } from './npm-lockfile.ts';
import { sitemap } from './sitemap.ts';
import { tracker_query } from './tracker-query.ts';

/** All that `discovery.strategy` may name. */
export const strategies = { feed, files, json_api, sitemap, tracker_query, npm_lockfile, manual };
