/** `jobctl completion SHELL` prints a script; the script asks `jobctl complete -- WORD…` what may come next. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { candidates } from '../completion/candidates.ts';
import { scripts, type Shell } from '../completion/scripts.ts';
import type { Desk } from '../desk.ts';

export async function completion({ terminal }: Desk, shell: Shell): Promise<void> {
  const script = scripts[shell]([process.execPath, fileURLToPath(new URL('../../jobctl.js', import.meta.url))]);
  if (terminal.json) terminal.document({ shell, script });
  else terminal.print(...script.trimEnd().split('\n'));
}

/** A word and what it is a line, with a tab between them. */
export const complete =
  (program: Command) =>
  async (desk: Desk, words: readonly string[]): Promise<void> => {
    const found = candidates(desk, program, words);
    desk.terminal.print(...found.map(({ word, about }) => `${word}\t${about}`));
  };
