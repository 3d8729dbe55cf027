import { expect, test } from 'vitest';
import { strategies } from '../../actors/strategies/index.ts';
import { strategyContract, type StrategyCase } from '../contracts/strategy.ts';
import { realClock } from '../../runtime/clock.ts';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { createWeb } from '../../runtime/http/web.ts';
import { outputRow } from '../support/sources.ts';

const lockfile = {
  lockfileVersion: 3,
  packages: { '': { dependencies: { one: '1' } }, 'node_modules/one': { version: '1.0.0' }, 'node_modules/two': { version: '2.0.0', link: true } },
};

const rss = `<rss version="2.0"><channel><title>F</title>${['a', 'b', 'a'].map((id) => `<item><guid>urn:${id}</guid><title>${id}</title></item>`).join('')}</channel></rss>`;

/** A web on which everything is this. */
const answering = (text: string) => createWeb({ clock: realClock, spec: () => DEFAULT_HTTP, transport: async () => new Response(text) });

const cases: StrategyCase[] = [
  { strategy: strategies.feed, options: { url: 'feed.xml' }, files: { 'feed.xml': rss }, finds: 2 },
  { strategy: strategies.files, options: { glob: '**/*.txt' }, files: { 'b.txt': '', 'in/a.txt': '' }, finds: 2 },
  { strategy: strategies.json_api, options: { url: 'https://api.example/items', items: '$[*]', key: '$.id' }, web: answering('[{"id":1},{"id":2},{"id":1}]'), finds: 2 },
  { strategy: strategies.sitemap, options: { url: 'https://site.example/sitemap.xml' }, web: answering('<urlset><url><loc>https://site.example/1</loc></url><url><loc>/2</loc></url></urlset>'), finds: 2 },
  // More than a page of it.
  { strategy: strategies.tracker_query, options: { job: 'upstream', min_score: 10 }, outputs: Array.from({ length: 250 }, (_, i) => outputRow(i + 1, `item-${i}`, { score: i % 20 })), finds: 250 },
  { strategy: strategies.npm_lockfile, options: { file: 'package-lock.json' }, files: { 'package-lock.json': JSON.stringify(lockfile) }, finds: 2 },
  { strategy: strategies.manual, options: {}, finds: 0 },
];

test('every strategy is held to the contract', () => {
  expect(cases.map(({ strategy }) => strategy)).toEqual(Object.values(strategies));
});

cases.forEach(strategyContract);
