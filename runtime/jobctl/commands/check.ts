/** `jobctl check [FILE]` */
import path from 'node:path';
import { strategies } from '../../../actors/strategies/index.ts';
import { formatProblems, loadConfig, type Problem } from '../../config/index.ts';
import type { Desk } from '../desk.ts';
import { EXIT, Failure } from '../failure.ts';

export async function check({ config, terminal }: Desk, name: string | undefined): Promise<void> {
  const file = name === undefined ? config : path.resolve(name);
  const checked = loadConfig(file, { strategies, env: process.env });
  if (!checked.ok) {
    const { problems } = checked;
    const summary = `${path.basename(file)}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`;
    if (!terminal.json) process.stderr.write(`${formatProblems(problems)}\n`);
    throw new Failure(EXIT.invalidConfig, 'invalid_config', summary, { hint: 'the running configuration is not touched', problems: problems.map(plain) });
  }
  const { jobs } = checked.spec;
  if (terminal.json) return terminal.document({ ok: true, file, jobs: jobs.map((job) => job.id), warnings: checked.warnings.map(plain) });
  if (checked.warnings.length > 0) process.stderr.write(`${formatProblems(checked.warnings)}\n`);
  terminal.print(`${terminal.paint('green', '✓')} ${path.basename(file)}: ${jobs.map((job) => job.id).join(', ') || 'no jobs yet'}`);
}

const plain = ({ file, line, column, message }: Problem) => ({ file, line, column, message });
