/** A message of a real runner, through a kill -9 while it is under way. */
import { expect, test } from 'vitest';
import { jobctl } from '../support/jobctl.ts';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';
import { webServer } from '../support/web.ts';

test('a failed check holds the job and is told; who dies in the middle of it tells it again, with the same id, and once', async () => {
  const asked: (() => void)[] = [];
  let hangs = true;
  const { url, seen } = await webServer((_request, response) => {
    if (!hangs) response.end('taken');
    asked.shift()?.();
  });
  const nextRequest = () => new Promise<void>((resolve) => asked.push(resolve));
  const folder = tempFolder({
    'jobs.yaml': `notify: { targets: { hook: { kind: webhook, url: "${url}/hook" } } }\njobs:\n  work:\n    handler: ./handlers/work.ts\n    discovery: { strategy: manual }\n    stages: [{ name: only }]\n    guards: { validate: true }\n`,
    'handlers/work.ts': `import { handler, stage } from 'rivus';\nexport default handler({ stages: { only: stage({ run: () => 1 }) }, validate: () => 'the disk is not there' });\n`,
  });
  const first = nextRequest();
  const runner = new RunnerProcess(folder);
  await first;
  runner.child.kill('SIGKILL');
  await runner.ended();
  hangs = false;
  const second = nextRequest();
  const again = new RunnerProcess(folder);
  await second;
  const bodies = seen.map(({ body }) => JSON.parse(body) as { id: string; title: string; event: string });
  expect(bodies).toMatchObject([{ event: 'incident.opened', title: 'work is held: guard: the disk is not there' }, { id: bodies[0]!.id }]);
  await expect.poll(async () => (await jobctl(again.dataDir, ['notifications', '--json'])).json()).toMatchObject({ notifications: [{ state: 'sent', target: 'hook' }], incidents: [{ endedAt: null }] });
  expect(await again.stop()).toBe(0);
  expect(seen).toHaveLength(2);
});
