/** The runner as a process of its own, started as `npm start` does. Its messages are not shown, as long as all goes well. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Project } from './project.ts';

export function spawnRunner({ config, dataDir }: Project): ChildProcessByStdio<null, Readable, null> {
  const entry = fileURLToPath(new URL('../../runtime/start.js', import.meta.url));
  const runner = spawn(process.execPath, [entry, '--config', config, '--data', dataDir, '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = () => runner.kill('SIGKILL');
  process.once('exit', kill);
  runner.once('exit', () => process.off('exit', kill));
  return runner;
}
