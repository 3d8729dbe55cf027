/** The entry of `jobctl`. */
import { CommanderError, type Command } from 'commander';
import type { ExitCode } from './failure.ts';
import { EXIT, Failure } from './failure.ts';
import { buildProgram } from './program.ts';
import { Terminal } from './terminal.ts';

/** Runs one command line (without `node` and the script) and answers its exit code. Never throws. */
export async function main(argv: string[]): Promise<number> {
  // `jobctl events | head`: the reader has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));
  let code: ExitCode = EXIT.ok;
  const program = buildProgram((ended) => (code = ended));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const failure = asFailure(error, program, argv);
    if (error instanceof CommanderError && error.code === 'commander.help') process.stderr.write(program.helpInformation());
    new Terminal({ json: argv.includes('--json'), quiet: false }).fail(failure);
    return failure.exit;
  }
}

function asFailure(error: unknown, program: Command, argv: readonly string[]): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) return usage(error, helpLine(program, argv));
  const { message, code } = error as NodeJS.ErrnoException;
  return new Failure(EXIT.failed, 'failed', code === undefined ? message : `${message} (${code})`, { cause: error });
}

/** Commander writes `error: unknown command 'x'` and, below it, `(Did you mean y?)`. */
function usage(error: CommanderError, help: string): Failure {
  if (error.code === 'commander.help') return new Failure(EXIT.usage, 'usage', 'a command is missing', { hint: 'npx jobctl --help lists them' });
  const [, message = error.message, suggestion] = /^(?:error: )?(.*?)(?:\n\((.*)\))?$/s.exec(error.message) ?? [];
  return new Failure(EXIT.usage, 'usage', message, { hint: suggestion?.replaceAll('\n', ' ') ?? `${help} shows what there is` });
}

/** Of the command that was meant: `npx jobctl new job --help`. */
function helpLine(program: Command, argv: readonly string[]): string {
  let command = program;
  const names = ['npx jobctl'];
  for (const word of argv) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below) names.push((command = below).name());
  }
  return `${names.join(' ')} --help`;
}
