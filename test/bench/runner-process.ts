/** The runner as a process of its own, started as `npm start` does. Its messages are not shown, as long as all goes well. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Project } from './project.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export function spawnRunner({ config, dataDir }: Project): ChildProcessByStdio<null, Readable, null> {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const [, ...start] = scripts.start.split(' ');
  const runner = spawn(process.execPath, [...start, '--config', config, '--data', dataDir, '--port', '0'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = () => runner.kill('SIGKILL');
  process.once('exit', kill);
  runner.once('exit', () => process.off('exit', kill));
  return runner;
}
