/** What an operator asks about messages, in the terminal. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { NotifyTarget } from '../../machines/spec.ts';
import { jobctl } from '../support/jobctl.ts';
import { operated } from '../support/operated.ts';
import { jobSpec } from '../support/store.ts';
import { tempFolder } from '../support/temp.ts';
import { webServer } from '../support/web.ts';

const phone: NotifyTarget = { kind: 'exec', name: 'phone', minRisk: 'medium', command: ['true'] };

test('a test message goes to each target of the file, and what came back is said', async () => {
  const { url, seen } = await webServer((request, response) => response.writeHead(request.url === '/bad' ? 401 : 200).end(request.url === '/bad' ? 'no such token' : 'ok'));
  const root = tempFolder({ 'jobs.yaml': `notify:\n  targets:\n    good: { kind: webhook, url: "${url}/hook" }\n    bad: { kind: webhook, url: "${url}/bad" }\njobs: {}\n` });
  const ask = (...args: string[]) => jobctl(path.join(root, 'data'), ['--config', path.join(root, 'jobs.yaml'), 'notify', 'test', ...args]);
  const all = await ask();
  expect(all).toMatchObject({ code: 1, stdout: expect.stringMatching(/✓ good \(webhook\): 200 ok, in .*\n✗ bad \(webhook\): answered 401 no such token, in /), stderr: expect.stringContaining('"bad" did not take the message') });
  expect(JSON.parse(seen.find(({ url }) => url === '/hook')!.body)).toMatchObject({ version: 1, event: 'test', title: 'Rivus: a test message' });
  expect(await ask('good')).toMatchObject({ code: 0 });
  expect(await ask('goood')).toMatchObject({ code: 4, stderr: expect.stringContaining('did you mean "good"?') });
  expect(fs.existsSync(path.join(root, 'data')), 'nothing is stored').toBe(false);
});

test('what was told, what waits and what failed is listed, and status says what could not be delivered', async () => {
  const at = await operated({ jobs: [jobSpec('work', { fetch: [] })] });
  const { run } = at;
  run.notify = { targets: [phone, { ...phone, name: 'team' }] };
  run.told.lookAgain();
  expect((await at.jobctl('notifications')).stderr).toContain('nothing was told yet');
  run.carry = (_message, target) => (target === 'phone' ? { ok: false, reason: 'answered 503 down', again: true } : { ok: true, said: 'ok' });
  await run.send('job/work/lifecycle', { type: 'hold.placed', cause: 'guard', reason: 'guard: all empty' });
  await run.time.pass(2_000);
  const { stdout } = await at.jobctl('notifications');
  expect(stdout).toMatch(/phone +high +waiting +work guard: all empty +answered 503 down; tried 1×, again/);
  expect(stdout).toMatch(/team +high +sent +work guard: all empty/);
  expect((await at.jobctl('status')).stdout).toMatch(/1 message to phone not delivered: answered 503 down; again .*`npx jobctl notifications`/);
  expect((await at.jobctl('status', '--json')).json()).toMatchObject({ undelivered: [{ target: 'phone', waiting: 1, failed: 0 }] });
});
