import path from 'node:path';
import { expect, test } from 'vitest';
import { lineOf, nodesOf, projectFiles, read } from '../support/project-files.ts';

/** What the files of a folder may import: files (from the root), and packages. The first folder that fits a file counts. */
const RULES: { of: RegExp; files: RegExp; packages: RegExp }[] = [
  { of: /^machines\//, files: /^machines\//, packages: /^(xstate|zod)$/ },
  { of: /^actors\/strategies\//, files: /^(machines|actors)\//, packages: /^(?!rivus|better-sqlite3|node:timers)/ },
  { of: /^actors\//, files: /^(machines|actors)\//, packages: /^(xstate|zod)$/ },
  { of: /^runtime\//, files: /^(machines|actors|runtime)\/|^inspector\/[^/]+$/, packages: /./ },
  { of: /^inspector\/app\//, files: /^inspector\/(app\/|protocol\.ts$)/, packages: /^(?!node:|better-sqlite3)/ },
  { of: /^inspector\//, files: /^inspector\/(protocol\/)?[^/]+$|^machines\//, packages: /^zod$/ },
  { of: /^handlers\//, files: /^handlers\//, packages: /^(?!better-sqlite3)/ },
];

const files = projectFiles().filter((file) => /\.(ts|tsx|js)$/.test(file));

/** Each import, export from, `import()` and `import('…').Type` of a module. */
function importsOf(text: string, file: string): { line: number; from: string }[] {
  const found: { line: number; from: string }[] = [];
  for (const { node } of nodesOf(text, file)) {
    const source = node.source as { value?: unknown } | null | undefined;
    if (/^(Import|Export|TSImportType)/.test(node.type) && typeof source?.value === 'string') found.push({ line: lineOf(text, node.start), from: source.value });
  }
  return found;
}

function strayImports(text: string, file: string): string[] {
  const rule = RULES.find(({ of }) => of.test(file));
  if (!rule) return [];
  return importsOf(text, file)
    .filter(({ from }) => (from.startsWith('.') ? !rule.files.test(path.join(path.dirname(file), from)) : !rule.packages.test(from)))
    .map(({ line, from }) => `${file}:${line} imports ${from}`);
}

test('imports point one way: machines ← actors ← runtime; the inspector knows its protocol, handlers know rivus', () => {
  expect(files.flatMap((file) => strayImports(read(file), file))).toEqual([]);
});

test.each([
  ['machines/a.ts', "import fs from 'node:fs';"],
  ['machines/a.ts', "import type { Ports } from '../actors/ports.ts';"],
  ['machines/a.ts', "type Ports = import('../actors/ports.ts').Ports;"],
  ['actors/a.ts', "import { openStore } from '../runtime/store/open.ts';"],
  ['actors/a.ts', "export * from '../runtime/store/open.ts';"],
  ['actors/a.ts', "const store = await import('../runtime/store/open.ts');"],
  ['actors/strategies/a.ts', "import Database from 'better-sqlite3';"],
  ['runtime/a.ts', "import job from '../handlers/job.ts';"],
  ['runtime/a.ts', "import { app } from '../inspector/app/main.ts';"],
  ['runtime/a.ts', "import { command } from '../inspector/protocol/commands.ts';"],
  ['inspector/app/a.ts', "import { machine } from '../../machines/job.ts';"],
  ['handlers/a.ts', "import { openStore } from '../runtime/store/open.ts';"],
])('in %s it finds %s', (file, code) => {
  expect(strayImports(code, file)).toHaveLength(1);
});

test.each([
  ['machines/a.ts', "import { z } from 'zod'; import { b } from './b.ts'; // import '../runtime/x.ts'"],
  ['actors/a.ts', "import type { JobSpec } from '../machines/spec.ts'; import { setup } from 'xstate';"],
  ['actors/strategies/a.ts', "import fs from 'node:fs/promises'; import type { Strategy } from '../ports.ts';"],
  ['runtime/a/b.ts', "import { command } from '../../inspector/protocol.ts'; import Database from 'better-sqlite3';"],
  ['handlers/a.ts', "import { handler } from 'rivus'; import { gunzipSync } from 'node:zlib'; import text from './prompt.md' with { type: 'text' };"],
])('in %s it lets %s pass', (file, code) => {
  expect(strayImports(code, file)).toEqual([]);
});

const SQL = /^\s*(SELECT\s|INSERT\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|REPLACE\s+INTO\s|CREATE\s+(TABLE|INDEX)\s|WITH\s+\w+\s+AS\s|BEGIN\b|PRAGMA\s)/;

function sqlOf(text: string, file: string): string[] {
  const found: string[] = [];
  for (const { node } of nodesOf(text, file)) {
    const value = node.type === 'Literal' ? node.value : node.type === 'TemplateElement' ? (node.value as { cooked: string }).cooked : undefined;
    if (typeof value === 'string' && SQL.test(value)) found.push(`${file}:${lineOf(text, node.start)} ${value.trim().split('\n')[0]}`);
  }
  return found;
}

test('SQL lives in runtime/store only', () => {
  const elsewhere = files.filter((file) => /^(machines|actors|runtime|inspector|handlers)\//.test(file) && !file.startsWith('runtime/store/'));
  expect(elsewhere.flatMap((file) => sqlOf(read(file), file))).toEqual([]);
});

test('SQL is found in strings and templates, and not in prose', () => {
  expect(sqlOf("db.prepare('SELECT 1 FROM job'); db.exec(`\n  INSERT INTO job VALUES (${id})`); db.exec('BEGIN IMMEDIATE')", 'runtime/a.ts')).toHaveLength(3);
  expect(sqlOf("// SELECT * FROM job\nlog('Select a job'); log('it will update job a')", 'runtime/a.ts')).toEqual([]);
});
