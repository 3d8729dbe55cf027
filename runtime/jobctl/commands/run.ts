/** `jobctl run`: the runner in this terminal. */
import type { Desk } from '../desk.ts';
import { EXIT, type ExitCode } from '../failure.ts';

export type RunOptions = { acceptRollback?: boolean; readOnly?: boolean };

export async function run({ config, data, port }: Desk, { acceptRollback = false, readOnly = false }: RunOptions = {}): Promise<ExitCode> {
  const { main } = await import('../../main.ts');
  const code = await main(['--config', config, '--data', data, ...(port === undefined ? [] : ['--port', String(port)]), ...(readOnly ? ['--read-only'] : []), ...(acceptRollback ? ['--accept-rollback'] : [])]);
  return (code as ExitCode | undefined) ?? EXIT.ok;
}
