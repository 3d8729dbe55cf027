/** Which word of a command line is being typed, read from the commands themselves. */
import type { Argument, Command, Option } from 'commander';

/** What may stand where the cursor is. `given`: the arguments and options of the command so far, by name. */
export type Expected =
  | { kind: 'command'; of: Command }
  | { kind: 'option'; of: Command }
  | { kind: 'value'; name: string; choices: readonly string[]; given: Given };
export type Given = Readonly<Record<string, string>>;

/** `words`: all before the one that is typed; `typed`: its beginning. Undefined where nothing may stand. */
export function expectedAfter(program: Command, words: readonly string[], typed: string): Expected | undefined {
  let command = program;
  const given: Record<string, string> = {};
  const operands: string[] = [];
  let waiting: Option | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const option = optionNamed(command, program, word);
    if (option && takesValue(option)) {
      if (at + 1 === words.length) waiting = option;
      else given[option.attributeName()] = words[++at]!;
    } else if (!word.startsWith('-')) {
      const below = operands.length === 0 ? command.commands.find((one) => one.name() === word || one.aliases().includes(word)) : undefined;
      if (below) command = below;
      else operands.push(word);
    }
  }
  command.registeredArguments.forEach((argument, at) => operands[at] !== undefined && (given[argument.name()] = operands[at]));
  if (waiting) return value(waiting.attributeName(), waiting.argChoices, given);
  if (typed.startsWith('-')) return { kind: 'option', of: command };
  const argument = argumentAt(command, operands.length);
  if (argument) return value(argument.name(), argument.argChoices, given);
  return command.commands.length > 0 && operands.length === 0 ? { kind: 'command', of: command } : undefined;
}

/** Options of a command and those that every command takes. */
export function optionsOf(command: Command): Option[] {
  return command.parent ? [...command.options, ...optionsOf(command.parent)] : [...command.options];
}

function optionNamed(command: Command, program: Command, word: string): Option | undefined {
  return [...command.options, ...program.options].find((option) => option.long === word || option.short === word);
}

function argumentAt(command: Command, at: number): Argument | undefined {
  const { registeredArguments: all } = command;
  return all[at] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
}

const takesValue = (option: Option) => option.required || option.optional;
const value = (name: string, choices: readonly string[] | undefined, given: Given): Expected => ({ kind: 'value', name, choices: choices ?? [], given });
