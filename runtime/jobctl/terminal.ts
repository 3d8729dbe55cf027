/** Where output goes: data to stdout, messages to stderr. Colours only where a person looks and wants them. */
import { styleText } from 'node:util';
import type { Failure } from './failure.ts';
import { jsonLine, oneLine } from './text.ts';

type Format = Parameters<typeof styleText>[0];

export class Terminal {
  readonly json: boolean;
  readonly #quiet: boolean;

  constructor({ json, quiet }: { json: boolean; quiet: boolean }) {
    this.json = json;
    this.#quiet = quiet;
  }

  /** Data: lines of text, or with `--json` one document (NDJSON when called again). */
  print(...lines: string[]): void {
    for (const line of lines) process.stdout.write(`${line}\n`);
  }

  document(value: unknown): void {
    this.print(jsonLine(value));
  }

  /** A message beside the data; `-q` silences it. */
  say(message: string): void {
    if (!this.#quiet) process.stderr.write(`${oneLine(message)}\n`);
  }

  /** The reason why there is no data. With `--json` it is the one document that a program waits for. */
  fail({ code, message, hint, details }: Failure): void {
    if (this.json) return this.document({ ok: false, error: { code, message, ...(hint !== undefined && { hint }), ...details } });
    process.stderr.write(`${styleText('red', '✗', { stream: process.stderr })} ${message.split('\n').map(oneLine).join('\n')}\n`);
    if (hint !== undefined) process.stderr.write(`  ${oneLine(hint)}\n`);
  }

  paint(format: Format, text: string): string {
    return styleText(format, text, { stream: process.stdout });
  }
}
