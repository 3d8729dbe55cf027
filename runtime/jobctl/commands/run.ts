/** `jobctl run`: the runner in this terminal. */
import type { Desk } from '../desk.ts';
import { EXIT, type ExitCode } from '../failure.ts';

export async function run({ config, data, port }: Desk): Promise<ExitCode> {
  const { main } = await import('../../main.ts');
  const code = await main(['--config', config, '--data', data, ...(port === undefined ? [] : ['--port', String(port)])]);
  return (code as ExitCode | undefined) ?? EXIT.ok;
}
