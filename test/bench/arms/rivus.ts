/**
 * Rivus: the runner as its users start it, on a file with the items in it, until each has passed all stages; then a look
 * into the file, whether everything was recorded. `--unrecorded` leaves journal and snapshots out, for comparison only;
 * `--viewers` is how many clients look on.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { DATABASE } from '../../../runtime/store/open.ts';
import { makeProject, fill, removeProject, start, STAGES } from '../project.ts';
import { cpuOf, options, report } from '../arm.ts';
import { verify } from '../verify.ts';
import { withoutRecords } from '../without-records.ts';
import { attach } from '../viewers.ts';
import { whenDone } from '../when-done.ts';

const { items, concurrency, unrecorded, priorities, viewers } = options();
const project = makeProject({ concurrency });
try {
  const found = fill(project, items, { priorities });
  const runner = await start(project);
  if (unrecorded) withoutRecords(runner);
  const looking = viewers > 0 ? await attach(runner, project, viewers) : undefined;
  const cpu = cpuOf();
  const { endedAt, flushes } = await whenDone(runner, items);
  const cpuUs = cpu(items * STAGES.length);
  const synchronous = runner.store.db.pragma('synchronous', { simple: true });
  if (synchronous !== 2) throw new Error(`synchronous is ${synchronous}, not FULL (2)`);
  const rss = process.memoryUsage.rss();
  const seen = await looking?.leave();
  if (seen && (seen.lost > 0 || seen.moves < viewers || seen.patches < viewers)) throw new Error(`not all ${viewers} viewers saw it: ${JSON.stringify(seen)}`);
  await runner.stop();
  const fileMb = (statSync(path.join(project.dataDir, DATABASE)).size / items) * (100_000 / 2 ** 20);
  const recorded = verify(project, items, { journal: !unrecorded });
  const executions = items * STAGES.length;
  report({
    rate: (executions / (endedAt - recorded.startedAt)) * 1000,
    cpuUs, perFlush: executions / flushes,
    found, journal: recorded.journal, rssMb: rss / 2 ** 20, fileMb, ...(seen && { frames: seen.patches + seen.moves }),
  });
} finally {
  removeProject(project);
}
