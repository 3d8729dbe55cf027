import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import dependencyWatch from '../../handlers/dependency-watch.ts';
import { runStage } from '../../runtime/handlers/run-stage.ts';
import { startRegistry } from '../support/registry.ts';
import { tempFolder } from '../support/temp.ts';

/** A program `npm` that notes each call, and says `answer`. */
function npmThatSays(answer: string): { PATH: string; calls: () => string[] } {
  const folder = tempFolder();
  fs.writeFileSync(path.join(folder, 'npm'), `#!/bin/sh\necho "$@" >> '${folder}/calls'\n${answer}\n`, { mode: 0o755 });
  return { PATH: `${folder}:/usr/bin:/bin`, calls: () => fs.readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n') };
}

const fetchLamp = (env: Record<string, string>) => runStage(dependencyWatch, 'fetch', { item: { name: 'lamp', version: '1.0.0', dev: false, direct: true, via: [] }, env });

// In this order, for a good answer is remembered as long as the process lives.
test('without npm the job is held, and the reason says what to do', async () => {
  const { outcome } = await fetchLamp({ PATH: tempFolder() });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'systemic', error: { message: 'cannot find out which npm registry to ask: install npm, or set npm_config_registry' } });
});

test('an answer that is no address holds the job, and is asked for again', async () => {
  const { PATH } = npmThatSays('echo undefined');
  expect((await fetchLamp({ PATH })).outcome).toMatchObject({ class: 'systemic', error: { message: expect.stringContaining('a registry that is no address') } });
});

test('npm is asked once, and its answer holds for all packages', async () => {
  const registry = await startRegistry();
  registry.publish('lamp', { '1.0.0': {} });
  const { PATH, calls } = npmThatSays(`echo ${registry.url.slice(0, -1)}; echo 'npm warn something' >&2`);
  for (let i = 0; i < 3; i++) expect((await fetchLamp({ PATH })).outcome).toMatchObject({ kind: 'done' });
  expect(calls()).toEqual(['config get registry']);
});

test('what npm has told its scripts needs no question', async () => {
  const registry = await startRegistry();
  registry.publish('lamp', { '1.0.0': {} });
  expect((await fetchLamp({ PATH: tempFolder(), npm_config_registry: registry.url })).outcome).toMatchObject({ kind: 'done' });
});
