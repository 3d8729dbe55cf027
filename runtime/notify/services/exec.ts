/** A program of the operator's own: the message as JSON on its standard input, and in words in its environment. No shell. */
import { ExecError } from '../../exec.ts';
import { cut } from './post.ts';
import type { Service } from './service.ts';
import { bodyOf } from './webhook.ts';

const TIMEOUT_MS = 15_000;

export const exec: Service<'exec'> = async (message, { command: [file, ...args] }, { exec }) => {
  const { id, event, risk, title, text, link, command, incident } = message;
  const env = { RIVUS_ID: id, RIVUS_EVENT: event, RIVUS_INCIDENT: incident, RIVUS_RISK: risk, RIVUS_TITLE: title, RIVUS_TEXT: text, RIVUS_LINK: link, RIVUS_COMMAND: command };
  try {
    const { stdout } = await exec(file!, args, { input: `${JSON.stringify(bodyOf(message))}\n`, env, timeout: TIMEOUT_MS });
    return { ok: true, said: cut(stdout.trim(), 300) || 'ended with 0' };
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    // What is not there will not be there in a minute; what fails may be mended.
    return { ok: false, reason: cut(`${error.message}${error.stderr ? `: ${error.stderr.trim()}` : ''}`, 300), again: error.code !== 'ENOENT' };
  }
};
