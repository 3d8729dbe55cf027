/** How long a command takes from its sending to its acknowledgement over the WebSocket, in ms, while another job has as much to do as it can. Acknowledged is durable: each has its row in the file. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock } from '../../../runtime/clock.ts';
import { Connection } from '../../../runtime/jobctl/client.ts';
import { findRunner } from '../../../runtime/jobctl/runner.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { options, report } from '../arm.ts';
import { fill, makeProject, removeProject, type Project } from '../project.ts';
import { quantile } from '../quantile.ts';
import { spawnRunner } from '../runner-process.ts';

/** As many a second as the runner takes from one client for long. */
const [COMMANDS, EVERY_MS] = [150, 25];

const PAUSE = { type: 'PAUSE', job: 'other', reason: 'measured' } as const;
const RESUME = { type: 'RESUME', job: 'other', force: false } as const;

const { items, concurrency } = options();
const project = makeProject({ jobs: ['bench', 'other'], concurrency });
try {
  // Two jobs share them; enough for the whole time.
  fill(project, items * 8);
  const runner = spawnRunner(project);
  const exited = once(runner, 'exit');
  runner.stdout.resume();
  const connection = await connected(project);
  const waits: number[] = [];
  await connection.command('first', PAUSE);
  for (let n = 0; n < COMMANDS; n++) {
    await sleep(EVERY_MS);
    const sentAt = performance.now();
    await connection.command(`command-${n}`, n % 2 === 0 ? RESUME : PAUSE);
    waits.push(performance.now() - sentAt);
  }
  connection.close();
  runner.kill('SIGTERM');
  await exited;
  check(project);
  report({ p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) });
} finally {
  removeProject(project);
}

async function connected({ dataDir }: Project): Promise<Connection> {
  for (;;) {
    const { url, token } = findRunner(dataDir) ?? {};
    if (url && token) return Connection.open({ url, token }, realClock);
    await sleep(20);
  }
}

/** Every command has its row, and there was work to the end. */
function check({ dataDir }: Project): void {
  const db = openStore(dataDir, { readonly: true });
  const applied = db.prepare<[], number>("SELECT count(*) FROM command WHERE state = 'applied'").pluck().get()!;
  const ready = db.prepare<[], number>("SELECT sum(n) FROM task_count JOIN stage ON stage.id = stage_id WHERE job = 'bench' AND state = 1").pluck().get()!;
  db.close();
  if (applied !== COMMANDS + 1) throw new Error(`${applied} commands are in the file, ${COMMANDS + 1} were acknowledged`);
  if (ready === 0) throw new Error('the work was over before the commands were: take more items');
}
