/** Finds code that asks the machine itself for the time or for chance, instead of its `Clock`. */
import { lineOf, nodesOf, type SyntaxNode } from './project-files.ts';

const GLOBALS = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const MEMBERS: Record<string, Set<string>> = {
  Date: new Set(['now']),
  performance: new Set(['now', 'timeOrigin']),
  Math: new Set(['random']),
  process: new Set(['hrtime']),
  AbortSignal: new Set(['timeout']),
  globalThis: GLOBALS,
  global: GLOBALS,
};
const MODULES = new Set(['timers', 'timers/promises', 'perf_hooks']);

/** Each place as `line: what stands there`. Comments, strings and names of properties do not count. */
export function clockUses(text: string, file = 'module.ts'): string[] {
  const found: SyntaxNode[] = [];
  for (const { node, parent, key } of nodesOf(text, file)) {
    if (isGlobalTimer(node, parent, key) || isClockMember(node) || isDateOfNow(node) || isTimerImport(node)) found.push(node);
  }
  return found.toSorted((a, b) => a.start - b.start).map(({ start, end }) => `${lineOf(text, start)}: ${text.slice(start, end).split('\n')[0]}`);
}

/** Any mention, also `run = setTimeout`; but no name of a property, a method or a type's member. */
function isGlobalTimer(node: SyntaxNode, parent: SyntaxNode | undefined, key: string | undefined): boolean {
  if (node.type !== 'Identifier' || !GLOBALS.has(String(node.name)) || !parent) return false;
  if (parent.type === 'MemberExpression') return key !== 'property' || parent.computed === true;
  if (parent.type === 'Property') return key === 'value';
  return key !== 'key' && parent.type !== 'TSTypeQuery';
}

function isClockMember({ type, object, property }: SyntaxNode): boolean {
  if (type !== 'MemberExpression') return false;
  const { name, value } = property as { name?: string; value?: string };
  const members = MEMBERS[String((object as { name?: string }).name)];
  return members?.has(name ?? value ?? '') ?? false;
}

function isDateOfNow({ type, callee, arguments: given }: SyntaxNode): boolean {
  const isDate = (callee as { name?: string } | undefined)?.name === 'Date';
  return isDate && (type === 'CallExpression' || (type === 'NewExpression' && (given as unknown[]).length === 0));
}

function isTimerImport({ type, source }: SyntaxNode): boolean {
  return /^(Import|Export)/.test(type) && MODULES.has(String((source as { value?: string } | null)?.value).replace(/^node:/, ''));
}
