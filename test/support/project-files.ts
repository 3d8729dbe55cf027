/** The project's own files, and their syntax. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** What git tracks or would track, as paths from the root. Throws where there is no checkout. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: projectRoot, encoding: 'utf8' });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && fs.existsSync(path.join(projectRoot, file)));
}

export function read(file: string): string {
  return fs.readFileSync(path.join(projectRoot, file), 'utf8');
}

export type SyntaxNode = { type: string; start: number; end: number } & Record<string, unknown>;

/** Every node of a module with its parent and the parent's key that holds it, from the outside in. */
export function* nodesOf(text: string, file: string): Generator<{ node: SyntaxNode; parent?: SyntaxNode; key?: string }> {
  const lang = file.endsWith('.tsx') ? 'tsx' : file.endsWith('.ts') ? 'ts' : 'js';
  const open: { node: SyntaxNode; parent?: SyntaxNode; key?: string }[] = [{ node: parseAst(text, { lang }, file) as unknown as SyntaxNode }];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    for (const [key, value] of Object.entries(next.node)) {
      for (const child of [value].flat()) if (isNode(child)) open.push({ node: child, parent: next.node, key });
    }
  }
}

/** The line (from 1) of an offset. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof (value as SyntaxNode | null)?.type === 'string';
}
