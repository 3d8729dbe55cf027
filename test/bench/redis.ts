/** A Redis of our own: on a socket in a folder of its own, nothing on disk, gone with the benchmark. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

export async function startRedis(): Promise<{ socket: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'rivus-redis-'));
  const socket = path.join(folder, 'redis.sock');
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  // The benchmark may be broken off: nothing of it is to stay behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    child.kill();
    await exited;
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (/ready to accept/i.test(line)) return true;
    return false;
  })();
  if (await ready) {
    child.stdout.resume();
    return { socket, stop };
  }
  await stop();
  throw new Error('redis-server ended before it was ready');
}
