/** jobs.yaml as it stands in the file now, whatever the runner has in force. */
import path from 'node:path';
import { formatProblems, loadConfig, type Checked, type Problem } from '../config/index.ts';
import { knownStrategies } from '../own-strategies.ts';
import type { Desk } from './desk.ts';
import { EXIT, Failure } from './failure.ts';

/** Fails with every mistake that is in the file, and with `hint`. */
export async function configured({ config, terminal, clock }: Desk, hint: string): Promise<Checked & { ok: true }> {
  const checked = loadConfig(config, { ...(await knownStrategies(config, clock)), env: process.env });
  if (checked.ok) return checked;
  throw refused(checked.problems, config, { hint, json: terminal.json });
}

/** Shows the mistakes; the failure is their summary. */
export function refused(problems: readonly Problem[], file: string, { hint, json }: { hint: string; json: boolean }): Failure {
  if (!json) process.stderr.write(`${formatProblems(problems)}\n`);
  const summary = `${path.basename(file)}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`;
  return new Failure(EXIT.invalidConfig, 'invalid_config', summary, { hint, problems: problems.map(plain) });
}

/** Without the frame: a program has the file. */
export const plain = ({ file, line, column, message }: Problem) => ({ file, line, column, message });
