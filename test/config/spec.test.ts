import { expect, test } from 'vitest';
import { DEFAULT_HTTP } from '../../runtime/config/http.ts';
import { accepted, oneJob } from '../support/config.ts';

const minimal = oneJob('handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: fetch }, { name: score }]');

const DAY = 86_400_000;
const HTTP = { allowHosts: [], userAgent: DEFAULT_HTTP.userAgent, robots: false, perHost: { concurrency: 4, gapMs: 100 } };
/** For so long, once it is no longer current. */
const KEPT = { journal: { ageMs: 30 * DAY, rows: 500_000 }, attemptsMs: 90 * DAY, logs: { ageMs: 30 * DAY, attempts: 100_000 }, outputsMs: 90 * DAY, artifactsMs: 7 * DAY, commandsMs: 90 * DAY, http: { ageMs: 30 * DAY, bytes: 256 * 2 ** 20 }, llm: { ageMs: 90 * DAY, bytes: 256 * 2 ** 20 }, config: { ageMs: 365 * DAY, revisions: 500 } };

test('what the file leaves out has its default', () => {
  const { spec, config, warnings } = accepted(minimal);
  expect(spec).toEqual({
    jobs: [
      {
        id: 'a16z',
        ageingMs: 2_592_000_000,
        handler: './handlers/job.ts',
        discovery: { strategy: 'manual', everyMs: 60_000, options: {} },
        stages: [
          { name: 'fetch', needs: [], concurrency: 1, resources: [], timeoutMs: 600_000, retry: { max: 3, baseMs: 30_000, capMs: 3_600_000 }, isolate: 'inline' },
          { name: 'score', needs: ['fetch'], concurrency: 1, resources: [], timeoutMs: 600_000, retry: { max: 3, baseMs: 30_000, capMs: 3_600_000 }, isolate: 'inline' },
        ],
        guards: { validate: false },
        requires: { env: [], bin: [] },
        restart: { max: 5, withinMs: 60_000, stalledAfterMs: 60_000 },
        breaker: { scope: 'job', transient: 10, systemic: 3, codeBug: 2, coolDown: { baseMs: 60_000, capMs: 3_600_000 } },
      },
    ],
    resources: [],
    budget: { tz: 'America/Los_Angeles' },
    retention: KEPT,
    http: { a16z: HTTP },
    notify: { targets: [] },
    doctor: { rules: [], evidence: { items: 10, withinMs: 3_600_000 }, rate: { count: 30, perMs: 3_600_000 } },
    models: {},
    port: 4600,
  });
  expect(config.inspector.port).toBe(4600);
  expect(warnings).toEqual([]);
});

test('everything that a job may say arrives in the spec', () => {
  const { spec } = accepted(
    oneJob(
      `emoji: 📦
pipeline: dep_radar/1
handler: ./handlers/job.ts
discovery: { strategy: feed, url: 'https://example.test/feed', every: 6h }
stages:
  - { name: fetch, concurrency: 4, resource: npm, timeout: 60s, retry: { max: 5, backoff: 1s..1m }, isolate: thread }
  - { name: score, resource: [npm, disk], max_cost: 0.05, daily_cost_limit: $2.50 }
guards: { max_pending: 2000, daily_cost_limit: 1.00, item_cost_limit: $0.25, validate: true }
requires: { env: [API_KEY], bin: [ffmpeg], models: [fast, local] }
restart: { max: 2, stalled_after: 5m }
breaker: { scope: stage, systemic: 5, code_bug: 1, cool_down: 10s..10m }
http: { allow_hosts: [10.0.0.0/8], robots: true, per_host: { gap: 0 } }
pacing: 30/m
window: 09:30-16:00 America/New_York mon-fri`,
      'models: { fast: gpt-4o-mini, local: { model: m, base_url: "http://localhost:1/v1", api_key: "${LOCAL_KEY}", price: { input: 1, output: 2 }, max_output_tokens: 9, temperature: 0, timeout: 5m } }\ndaily_cost_limit: $20\nday: { tz: Europe/Berlin }\ndoctor: { daily_cost_limit: 0.5 }\nresources: { npm: { concurrency: 8, rate: 10/s }, disk: { rate: 5/m, burst: 3, breaker: { systemic: 2, cool_down: 5m..1h } } }\nretention: { journal: { rows: 2000 }, outputs: 2d, http: { size: 1GB }, config: { revisions: 9 } }\ninspector: { port: 4700 }\nhttp: { allow_hosts: ["*.intra.example"], user_agent: me/1, per_host: { concurrency: 2 } }\n',
    ),
  );
  expect(spec).toEqual({
    jobs: [
      {
        id: 'a16z',
        ageingMs: 2_592_000_000,
        emoji: '📦',
        pipeline: 'dep_radar/1',
        handler: './handlers/job.ts',
        discovery: { strategy: 'feed', everyMs: 21_600_000, options: { url: 'https://example.test/feed' } },
        stages: [
          { name: 'fetch', needs: [], concurrency: 4, resources: ['npm'], timeoutMs: 60_000, retry: { max: 5, baseMs: 1_000, capMs: 60_000 }, isolate: 'thread' },
          { name: 'score', needs: ['fetch'], concurrency: 1, resources: ['npm', 'disk'], timeoutMs: 600_000, retry: { max: 3, baseMs: 30_000, capMs: 3_600_000 }, isolate: 'inline', maxCost: 0.05, dailyCostLimit: 2.5 },
        ],
        guards: { maxPending: 2000, dailyCostLimit: 1, itemCostLimit: 0.25, validate: true },
        requires: { env: ['API_KEY', 'OPENAI_API_KEY', 'LOCAL_KEY'], bin: ['ffmpeg'] },
        pacing: { count: 30, perMs: 60_000, burst: 1 },
        restart: { max: 2, withinMs: 60_000, stalledAfterMs: 300_000 },
        breaker: { scope: 'stage', transient: 10, systemic: 5, codeBug: 1, coolDown: { baseMs: 10_000, capMs: 600_000 } },
        window: { text: '09:30-16:00 America/New_York mon-fri', tz: 'America/New_York', hours: [{ from: 570, to: 960, days: [1, 2, 3, 4, 5] }], dates: {}, beforeMs: 0 },
      },
    ],
    resources: [
      { name: 'npm', concurrency: 8, rate: { count: 10, perMs: 1_000, burst: 1 } },
      { name: 'disk', concurrency: 1, rate: { count: 5, perMs: 60_000, burst: 3 }, breaker: { scope: 'job', transient: 10, systemic: 2, codeBug: 2, coolDown: { baseMs: 300_000, capMs: 3_600_000 } } },
    ],
    budget: { tz: 'Europe/Berlin', dailyCostLimit: 20, doctorCostLimit: 0.5 },
    retention: { ...KEPT, journal: { ...KEPT.journal, rows: 2_000 }, outputsMs: 2 * DAY, http: { ageMs: 30 * DAY, bytes: 2 ** 30 }, config: { ageMs: 365 * DAY, revisions: 9 } },
    http: { a16z: { allowHosts: ['*.intra.example', '10.0.0.0/8'], userAgent: 'me/1', robots: true, perHost: { concurrency: 2, gapMs: 0 } } },
    notify: { targets: [] },
    doctor: { rules: [], evidence: { items: 10, withinMs: 3_600_000 }, rate: { count: 30, perMs: 3_600_000 } },
    models: {
      fast: { model: 'gpt-4o-mini', apiKey: '${OPENAI_API_KEY}' },
      local: { model: 'm', baseUrl: 'http://localhost:1/v1', apiKey: '${LOCAL_KEY}', price: { input: 1, output: 2 }, maxOutputTokens: 9, temperature: 0, timeoutMs: 300_000 },
    },
    port: 4700,
  });
});

test('defaults: stands in for what a stage leaves out, part by part', () => {
  const { spec } = accepted(
    oneJob(
      'handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: a }, { name: b, retry: { max: 9 } }, { name: c, timeout: 1s, concurrency: 2, isolate: inline }]',
      'defaults: { discovery: { every: 2m }, timeout: 30s, concurrency: 6, isolate: thread, retry: { max: 4, backoff: 1s..9s } }\n',
    ),
  );
  const [job] = spec.jobs;
  const back = { baseMs: 1_000, capMs: 9_000 };
  expect(job?.discovery.everyMs).toBe(120_000);
  expect(job?.stages.map(({ timeoutMs, concurrency, isolate, retry }) => ({ timeoutMs, concurrency, isolate, retry }))).toEqual([
    { timeoutMs: 30_000, concurrency: 6, isolate: 'thread', retry: { max: 4, ...back } },
    { timeoutMs: 30_000, concurrency: 6, isolate: 'thread', retry: { max: 9, ...back } },
    { timeoutMs: 1_000, concurrency: 2, isolate: 'inline', retry: { max: 4, ...back } },
  ]);
});

const stages = 'handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: price }, { name: ir }, { name: ib }, { name: transcript }, { name: diarize }]';

test('without stage_deps each stage needs the one before it', () => {
  const { spec } = accepted(oneJob(stages));
  expect(spec.jobs[0]?.stages.map(({ needs }) => needs)).toEqual([[], ['price'], ['ir'], ['ib'], ['transcript']]);
});

test('with stage_deps a stage that is no key in it needs none', () => {
  const { spec } = accepted(oneJob(`${stages}\nstage_deps: { transcript: [ir, ib], diarize: [transcript] }`));
  expect(spec.jobs[0]?.stages.map(({ needs }) => needs)).toEqual([[], [], [], ['ir', 'ib'], ['transcript']]);
  const { spec: free } = accepted(oneJob(`${stages}\nstage_deps: {}`));
  expect(free.jobs[0]?.stages.flatMap(({ needs }) => needs)).toEqual([]);
});

test('anchors, merges and x- keys save typing', () => {
  const { spec } = accepted(oneJob('handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: a, <<: *slow }, { name: b, <<: *slow, timeout: 1m }]', 'x-slow: &slow { timeout: 2h }\n'));
  expect(spec.jobs[0]?.stages.map(({ timeoutMs }) => timeoutMs)).toEqual([7_200_000, 60_000]);
});

test('variables stay as they are written, and the hash is that of the text', () => {
  const text = oneJob("handler: ./handlers/job.ts\ndiscovery: { strategy: feed, url: 'https://${HOST}/?key=${API_KEY}' }\nstages: [{ name: a }]");
  const checked = accepted(text, { env: { HOST: 'example.test' } });
  expect(checked.spec.jobs[0]?.discovery.options).toEqual({ url: 'https://${HOST}/?key=${API_KEY}' });
  expect(checked.text).toBe(text);
  expect(checked.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(accepted(`${text}# more\n`).hash).not.toBe(checked.hash);
  expect(checked.warnings.map(({ line, message }) => `${line} ${message}`)).toEqual(['4 job "a16z": API_KEY is not set; what needs it will fail until it is']);
});

test('who is told what is amiss: each target with its own risk and quiet hours, or those of all', () => {
  const targets = `{ phone: { kind: pushover, user: '\${U}', token: '\${T}' }, team: { kind: slack, url: '\${S}', min_risk: high, quiet: false }, log: { kind: exec, command: [logger, -t, rivus], min_risk: low } }`;
  const { spec } = accepted(oneJob('handler: ./handlers/job.ts\ndiscovery: { strategy: manual }\nstages: [{ name: a }]', `notify: { quiet: 22:00-07:00 Europe/Berlin, link: 'https://box.example.ts.net', targets: ${targets} }\n`));
  const quiet = { text: '22:00-07:00 Europe/Berlin', tz: 'Europe/Berlin', hours: [{ from: 1320, to: 1860, days: [0, 1, 2, 3, 4, 5, 6] }], dates: {}, beforeMs: 0 };
  expect(spec.notify).toEqual({
    link: 'https://box.example.ts.net',
    targets: [
      { name: 'phone', kind: 'pushover', user: '${U}', token: '${T}', minRisk: 'medium', quiet },
      { name: 'team', kind: 'slack', url: '${S}', minRisk: 'high' },
      { name: 'log', kind: 'exec', command: ['logger', '-t', 'rivus'], minRisk: 'low', quiet },
    ],
  });
});

test('the spec is plain JSON', () => {
  const { spec } = accepted(minimal);
  expect(JSON.parse(JSON.stringify(spec))).toStrictEqual(spec);
});
