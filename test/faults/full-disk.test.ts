/** A disk of one megabyte, and handlers that want to write more than that. */
import { readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createArtifacts } from '../../runtime/artifacts.ts';
import { realClock } from '../../runtime/clock.ts';
import { DiskSpace } from '../../runtime/disk-space.ts';
import { missing, mountSmallDisk } from '../prove/faults/tools.ts';
import { Lines } from '../support/control.ts';
import { handlerOf, handlersIn } from '../support/handlers.ts';

const why = missing('mount');
if (why) console.warn(`skipped: artifacts on a full disk: ${why}`);

function smallDisk() {
  const { folder, remove } = mountSmallDisk(1);
  const log = new Lines();
  const space = new DiskSpace({ clock: realClock, log, dataDir: folder });
  onTestFinished(() => {
    space.close();
    remove();
  });
  return { folder, log, space, artifacts: createArtifacts(folder, (write, bytes) => space.guard(write, bytes)) };
}

test.skipIf(why !== undefined).each([
  ['writes too much', `return ctx.artifacts.write('page.html', 'x'.repeat(2_000_000));`],
  ['publishes too much', `return ctx.artifacts.write('page.html', 'x'.repeat(700_000), { publish: true });`],
  ['says so in words of its own', `try { await ctx.artifacts.write('page.html', 'x'.repeat(2_000_000)); } catch (cause) { throw new Error('no page', { cause }); }`],
])('an attempt that %s is interrupted and not charged, and the runner knows that the disk is full', async (_, body) => {
  const { folder, log, space, artifacts } = smallDisk();
  const { handlers, run } = handlersIn({ 'handlers/job.ts': handlerOf(body) }, { work: [] }, { artifacts });
  await handlers.prepare('watch', 'work');
  const { outcome } = await run('work');
  expect(outcome).toEqual({ kind: 'interrupted' });
  // As much must be free as it wanted to write, beside what the database needs.
  expect([space.isFull, space.reason]).toEqual([true, expect.stringMatching(/when 1[78] MB are free/)]);
  expect(log.lines).toEqual([expect.stringMatching(/^error the disk of .* is full/)]);
  expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);
});

test.skipIf(why !== undefined)('another disk that is full is the handler’s own trouble: the job is held until somebody has looked', async () => {
  const { folder, space } = smallDisk();
  const { handlers, run } = handlersIn({ 'handlers/job.ts': handlerOf(`writeFileSync('${folder}/export.csv', 'x'.repeat(2_000_000));`, { top: `import { writeFileSync } from 'node:fs';` }) }, { work: [] });
  await handlers.prepare('watch', 'work');
  expect((await run('work')).outcome).toMatchObject({ kind: 'failed', class: 'systemic', error: { code: 'ENOSPC' } });
  expect(space.isFull).toBe(false);
});
