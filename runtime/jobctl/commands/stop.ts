/** `jobctl stop`: asks the runner to stop and waits until it has. */
import { isLocked } from '../../store/lock.ts';
import { toRunner } from '../deliver.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';
import { report } from '../report.ts';
import { findRunner } from '../runner.ts';

const LOOK_MS = 100;
/** The grace period of attempts is 10 s; then they are cut off. */
const PATIENCE_MS = 30_000;

export async function stop(desk: Desk): Promise<void> {
  await toRunner(desk, async (deliver) => {
    const delivered = await deliver({ type: 'STOP' });
    desk.terminal.say('waiting for what runs …');
    await gone(desk);
    report(desk, {}, delivered);
  });
}

/** Its file goes first, then the lock falls: only then another may start. */
async function gone({ clock, data }: Desk): Promise<void> {
  const end = clock.monotonic() + PATIENCE_MS;
  while (findRunner(data) || isLocked(data)) {
    if (clock.monotonic() > end) {
      throw new Failure(EXIT.failed, 'still_running', `the runner still runs after ${PATIENCE_MS / 1000} s`, { hint: '`npx jobctl status` shows its pid' });
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, LOOK_MS));
  }
}
