/** Whether a runner lives, answers, and where it would listen. */
import net from 'node:net';
import { isLocked } from '../../store/lock.ts';
import type { Desk } from '../desk.ts';
import { findRunner } from '../runner.ts';
import { span } from '../time.ts';
import { ok, bad, odd, type Finding } from './finding.ts';

/** `nextPort`: where the next start would listen. */
export async function diagnoseRunner(desk: Desk, nextPort: number | undefined): Promise<Finding[]> {
  const runner = findRunner(desk.data);
  if (runner?.url !== undefined) return [await answering(desk, runner.pid, runner.url)];
  if (isLocked(desk.data)) return [odd('runner', 'it is starting or stopping', 'npx jobctl diagnose')];
  return [odd('runner', 'Rivus is stopped', 'npx jobctl run'), ...(await port(nextPort))];
}

async function answering(desk: Desk, pid: number | undefined, url: string): Promise<Finding> {
  const { toRunner } = await import('../deliver.ts');
  const began = desk.clock.monotonic();
  try {
    await toRunner(desk, (_, connection) => connection.query('status', { type: 'status' }));
    return ok('runner', `pid ${pid} answers at ${url} in ${span(desk.clock.monotonic() - began)}`);
  } catch (error) {
    return bad('runner', `pid ${pid} does not answer at ${url}: ${(error as Error).message}`, `kill ${pid}`);
  }
}

/** Whether it is free, by taking it for a moment. */
function port(number = 0): Promise<Finding[]> {
  if (number === 0) return Promise.resolve([]);
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve([odd('port', `${number} is taken by another program`, 'npx jobctl --port 0 run')]));
    server.listen(number, '127.0.0.1', () => server.close(() => resolve([ok('port', `${number} is free`)])));
  });
}
