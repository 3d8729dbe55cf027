import { expect, test } from 'vitest';
import { RunnerProcess } from '../support/runner-process.ts';
import { tempFolder } from '../support/temp.ts';

test('what a handler has left behind does not keep a stopped runner alive', async () => {
  const folder = tempFolder({
    'jobs.yaml': 'jobs:\n  work:\n    handler: ./handlers/work.ts\n    discovery: { strategy: npm_lockfile, file: package-lock.json }\n    stages: [{ name: only }]\n',
    'handlers/work.ts': `import { handler, stage } from 'rivus';\nconst only = stage({ run() { setInterval(() => {}, 1_000); return 1; } });\nexport default handler({ stages: { only } });\n`,
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': {}, 'node_modules/one': { version: '1.0.0' } } }),
  });
  const runner = new RunnerProcess(folder);
  await runner.said(/work {2}only 1\/1/);
  expect(await runner.stop()).toBe(0);
});
