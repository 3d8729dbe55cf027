/** `jobctl check [FILE]` */
import path from 'node:path';
import { formatProblems } from '../../config/index.ts';
import { configured, plain } from '../configured.ts';
import type { Desk } from '../desk.ts';

export async function check(desk: Desk, name: string | undefined): Promise<void> {
  const { terminal } = desk;
  const file = name === undefined ? desk.config : path.resolve(name);
  const { spec, warnings } = await configured({ ...desk, config: file }, 'the running configuration is not touched');
  const ids = spec.jobs.map((job) => job.id);
  if (terminal.json) return terminal.document({ ok: true, file, jobs: ids, warnings: warnings.map(plain) });
  if (warnings.length > 0) process.stderr.write(`${formatProblems(warnings)}\n`);
  terminal.print(`${terminal.paint('green', '✓')} ${path.basename(file)}: ${ids.join(', ') || 'no jobs yet'}`);
}
