/** The program itself: Node, and the packages as they were meant to be. */
import fs from 'node:fs';
import path from 'node:path';
import { ok, bad, odd, type Finding } from './finding.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LEAST_NODE = 24;

export function diagnoseProgram(): Finding[] {
  const node = process.versions.node;
  return [Number(node.split('.')[0]) >= LEAST_NODE ? ok('node', node) : bad('node', `${node}; ${LEAST_NODE} or newer is needed`, 'npm ci'), packages()];
}

function packages(): Finding {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const wrong = Object.entries(dependencies).flatMap(([name, wanted]) => {
    const found = versionOf(name);
    return found === wanted ? [] : [`${name} is ${found ?? 'missing'}, ${wanted} is meant`];
  });
  const all = `${Object.keys(dependencies).length} as package.json has them`;
  return wrong.length === 0 ? ok('packages', all) : odd('packages', wrong.join('; '), 'npm ci');
}

function versionOf(name: string): string | undefined {
  try {
    return (JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}
