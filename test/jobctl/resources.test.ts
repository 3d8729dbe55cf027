import { expect, test } from 'vitest';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';

const using = (id: string) => ({ ...jobSpec(id, { fetch: [] }), stages: jobSpec(id, { fetch: [] }).stages.map((stage) => ({ ...stage, resources: ['api'] })) });

test('what jobs share is shown with who holds it and who waits, and status names what somebody waits for', async () => {
  const rates = { api: { count: 10, perMs: 1_000, burst: 5 } };
  const at = await operated({ jobs: [using('a'), using('b')], resources: { api: 2, disk: 1 }, rates, handle: { fetch: (_, __, run) => run.sleep(60_000) } });
  const since = at.run.time.now;
  await at.run.add('a', 'one', 'two');
  await at.run.add('b', 'three');
  await at.run.time.pass(1_000);
  const json = await at.jobctl('resources', '--json');
  expect(json.json()).toMatchObject({
    resources: [
      { name: 'api', state: 'contended', concurrency: 2, taken: 2, rate: rates.api, holders: [{ job: 'a', stage: 'fetch', slots: 2 }], waiters: [{ job: 'b', stage: 'fetch', since }] },
      { name: 'disk', state: 'idle', concurrency: 1, taken: 0, holders: [], waiters: [] },
    ],
  });
  const { stdout } = await at.jobctl('resources');
  expect(stdout).toMatch(/api +contended +2 of 2 +10\/s, 5 at once +0 % +a fetch ×2 +b fetch for /);
  expect((await at.jobctl('status')).stdout).toMatch(/api: 2 of 2 slots taken, a stage waits, for .*`npx jobctl resources`/);
});

test('without resources it says where they are declared', async () => {
  const at = await operated({ jobs: [jobSpec('a', { fetch: [] })] });
  expect(await at.jobctl('resources')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('under `resources:` in jobs.yaml') });
});
