/** Tables of what was proven, in the documents, between two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Row } from './table.ts';

const pathOf = (document: string): string => fileURLToPath(new URL(`../../docs/${document}`, import.meta.url));

/** Replaces what stands in the place of `npm run prove:NAME`. `change` is given what stands there. */
export function rewrite(name: string, change: (text: string) => string, document = 'operations.md'): void {
  const [begin, end] = [`<!-- ${name}: written by npm run prove:${name} -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(pathOf(document), 'utf8');
  const [before, rest] = text.split(begin) as [string, string];
  const [old, after] = rest.split(end) as [string, string];
  writeFileSync(pathOf(document), `${before}${begin}\n${change(old)}\n${end}${after}`);
}

/** For a document: the rows of a run in which all of them hold. `what`: what was done. */
export const written = (what: string, rows: readonly Row[]): string => [`| ${what} | |`, '|---|---|', ...rows.map((row) => `| ${row.what} | ${row.evidence} |`)].join('\n');
