import { expect, test } from 'vitest';
import releaseDigest from '../../handlers/release-digest.ts';
import { runStage } from '../../runtime/handlers/run-stage.ts';
import { reportOn } from '../support/report.ts';

const NOW = Date.parse('2026-11-24T23:59:59Z');
/** What tracker_query hands over. */
const item = (fields: Parameters<typeof reportOn>[0]) => ({ upstream: { job: 'dependency_watch' }, output: { ok: true, problems: [], ...reportOn(fields) }, score: 30 });

test('the digest is published with everything compiled so far, and the entry is the output', async () => {
  const before = [{ key: 'wick@1.0.0', output: reportOn({ name: 'wick', repository: null }) }];
  const { output, artifacts } = await runStage(releaseDigest, 'compile', { item: item({}), key: 'lamp@1.0.0', outputs: { compile: before }, now: NOW });
  expect(output).toEqual(reportOn({}));
  expect(artifacts).toMatchObject([{ name: 'release-digest.md', media: expect.stringContaining('markdown'), published: true }]);
  const page = artifacts[0]!.data.toString();
  expect(page).toContain('# Release digest, 2026-11-24');
  expect(page.match(/^### .*/gm)).toEqual(['### lamp 1.0.0 → 2.0.0', '### wick 1.0.0 → 2.0.0']);
});

test('an item that is compiled again takes its own place', async () => {
  const before = [{ key: 'lamp@1.0.0', output: reportOn({ to: '1.9.0' }) }];
  const { artifacts } = await runStage(releaseDigest, 'compile', { item: item({ to: '2.0.0' }), key: 'lamp@1.0.0', outputs: { compile: before }, now: NOW });
  expect(artifacts[0]!.data.toString().match(/^### .*/gm)).toEqual(['### lamp 1.0.0 → 2.0.0']);
});

test('the same entries on the same day give the same page', async () => {
  const pages = await Promise.all([NOW, NOW - 3_600_000].map((now) => runStage(releaseDigest, 'compile', { item: item({}), outputs: { compile: [] }, now })));
  expect(pages[0]!.artifacts[0]!.hash).toBe(pages[1]!.artifacts[0]!.hash);
});

test('an item that is no report fails alone, and says what is missing', async () => {
  const { outcome } = await runStage(releaseDigest, 'compile', { item: { output: { score: 30 } } as never, outputs: { compile: [] } });
  expect(outcome).toMatchObject({ kind: 'failed', class: 'item_specific', error: { message: expect.stringContaining('output.name') } });
});

test('it also runs from its bundle', async () => {
  const { output } = await runStage('./handlers/release-digest.ts', 'compile', { item: item({}), outputs: { compile: [] } });
  expect(output).toMatchObject({ name: 'lamp', to: '2.0.0' });
});
