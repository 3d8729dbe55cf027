/** The lines of what an operator gives to a command, each with its place. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { EXIT, Failure } from './failure.ts';

/** `where`: `FILE:LINE`, for what is said of it. */
export type Line = { text: string; where: string };

/**
 * Empty ones are left out.
 * @param file `-` is stdin
 * @throws Failure when it cannot be read
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const shown = file === '-' ? 'stdin' : path.basename(file);
  const input = file === '-' ? process.stdin : createReadStream(file);
  // The interface passes on no error of its input: without this a missing file would look empty.
  const broken = new Promise<never>((_, reject) => {
    input.once('error', (cause: Error) => reject(new Failure(EXIT.usage, 'usage', `${shown} cannot be read: ${cause.message}`, { cause })));
  });
  broken.catch(() => {});
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (let number = 1; ; number++) {
    const { done, value } = await Promise.race([lines.next(), broken]);
    if (done) return;
    if (value.trim() !== '') yield { text: value, where: `${shown}:${number}` };
  }
}
