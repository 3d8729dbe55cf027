/** Why a stage could not be bundled or loaded. */
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { didYouMeanOrList } from '../config/suggest.ts';
import type { Sources } from './sources.ts';

/** `sources`: the files that were read; when one of them changes it is worth another try. */
export class BundleError extends Error {
  override name = 'BundleError';
  readonly sources: Sources;
  constructor(message: string, sources: Sources = new Map(), cause?: unknown) {
    super(message, { cause });
    this.sources = sources;
  }
}

/** `handlers/x.ts has no stage "extrct", did you mean "extract"?` */
export function noStage(handler: string, stage: string, stages: Iterable<string>): string {
  return `${handler} has no stage "${stage}"${didYouMeanOrList(stage, stages)}`;
}

/** The bundler's coloured page as `handlers/x.ts:3:14 Unexpected token`; the first mistake counts. */
export function positioned(error: unknown, root: string, sources: Sources): BundleError {
  const first = ((error as { errors?: unknown[] }).errors?.[0] ?? error) as { message?: string; loc?: { file?: string; line: number; column: number } };
  const lines = stripVTControlCharacters(String(first.message ?? first)).split('\n');
  const what = lines[0]!.replace(/^\[[\w ]+\]\s*/, '').replace(/ in \S+$/, '');
  const help = lines.map((line) => /(?:Help|Note): (.*)/.exec(line)?.[1]).find(Boolean);
  const { file, line, column } = first.loc ?? { file: undefined, line: 0, column: 0 };
  const where = file && path.isAbsolute(file) ? `${path.relative(root, file)}:${line}:${column + 1} ` : '';
  return new BundleError(where + what + (help && !help.includes('is imported by') ? ` (${help})` : ''), sources, error);
}
