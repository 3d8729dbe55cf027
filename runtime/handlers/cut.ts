/**
 * Prepares a module for one stage, before the bundler shakes the tree:
 *
 *   - in the handler's module, the `stages` literal is cut down to the one stage, VERSION_DEPS to its entry, and `validate` goes; where `validate` is what is wanted, all stages go;
 *   - `needs: { fetch }` becomes `needs: ["fetch"]`, so that the code of an upstream is no part of this stage's version;
 *   - a const that is made by calls of rivus (`z.object(…)`, `stage(…)`) is marked as free of effects, so that it goes when nothing uses
 *     it. A call that stands alone is there for its effect, and stays.
 */
import { VALIDATE } from '../../actors/ports.ts';
import { bare, childrenOf, edited, nameOf, parse, propertiesOf, type Edit, type Edited, type Node } from './syntax.ts';

/** `whole`: the stages are no literal, so that nothing could be cut. `stages`: the names in the literal. */
export type Cut = { edited: Edited; whole: boolean; stages: string[] | undefined };

/** The module of a handler, for one of its stages. Undefined when it does not parse. */
export function cutHandler(text: string, file: string, stage: string): Cut | undefined {
  const program = parse(text, file);
  if (!program) return undefined;
  const consts = constsOf(program);
  const literal = propertiesOf(definitionOf(program, consts));
  const held = bare(literal?.get('stages')?.value as Node | undefined);
  const stages = held?.type === 'Identifier' ? consts.get(held.name as string) : held;
  const properties = propertiesOf(stages);
  const edits = [...commonEdits(program), ...cutTo(dependenciesOf(consts), stage, text), ...(properties ? cutTo(stages, stage, text) : []), ...(stage === VALIDATE ? [] : without(literal?.get('validate'), text))];
  return { edited: edited(text, outermost(edits)), whole: properties === undefined, stages: properties && [...properties.keys()] };
}

/** Any other module of the operator's. Undefined when there is nothing to change, or when it does not parse. */
export function cutModule(text: string, file: string): Edited | undefined {
  if (!text.includes('rivus')) return undefined;
  const program = parse(text, file);
  return program && edited(text, outermost(commonEdits(program)));
}

function commonEdits(program: Node): Edit[] {
  const fromRivus = importedFromRivus(program);
  return fromRivus.size === 0 ? [] : [...needsByName(program), ...pureConsts(program, fromRivus)];
}

/** The object that `export default` hands to `handler()`, or that it is. */
function definitionOf(program: Node, consts: Map<string, Node>): Node | undefined {
  const given = (node: Node | undefined): Node | undefined => {
    const value = bare(node);
    if (value?.type === 'Identifier') return consts.has(value.name as string) ? given(consts.get(value.name as string)) : undefined;
    return value?.type === 'CallExpression' ? given((value.arguments as Node[])[0]) : value;
  };
  for (const statement of program.body as Node[]) {
    if (statement.type === 'ExportDefaultDeclaration') return given(statement.declaration as Node);
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    const named = (statement.specifiers as Node[]).find(({ exported }) => nameOf(exported as Node) === 'default');
    if (named) return given(named.local as Node);
  }
  return undefined;
}

/** Consts of the module by name. */
function constsOf(program: Node): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const statement of program.body as Node[]) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? (statement.declaration as Node | null) : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    for (const { id, init } of declaration.declarations as { id: Node; init: Node | null }[]) {
      const value = bare(init ?? undefined);
      if (id.type === 'Identifier' && value) found.set(id.name as string, value);
    }
  }
  return found;
}

const dependenciesOf = (consts: Map<string, Node>) => consts.get('VERSION_DEPS');

/** An object literal with one of its properties, or none when it has no such one. */
function cutTo(literal: Node | undefined, name: string, text: string): Edit[] {
  const properties = propertiesOf(literal);
  if (!literal || !properties) return [];
  const kept = properties.get(name);
  if (!kept) return [{ start: literal.start, end: literal.end, text: '{}' }];
  return [...properties.values()].filter((property) => property !== kept).flatMap((property) => without(property, text));
}

/** Cuts a property out, with the comma after it. */
function without(property: Node | undefined, text: string): Edit[] {
  if (!property) return [];
  const comma = /^(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*)*,/.exec(text.slice(property.end));
  return [{ start: property.start, end: property.end + (comma?.[0].length ?? 0), text: '' }];
}

/** Local names of what is imported from rivus. */
function importedFromRivus(program: Node): Set<string> {
  const imports = (program.body as Node[]).filter(({ type, source }) => type === 'ImportDeclaration' && (source as { value: unknown }).value === 'rivus');
  return new Set(imports.flatMap(({ specifiers }) => (specifiers as Node[]).map(({ local }) => nameOf(local as Node)!)));
}

/** `needs: { fetch }` → `needs: ["fetch"]`, in calls and in literals of stages: whatever has a `run` beside it. */
function needsByName(node: Node): Edit[] {
  const properties = propertiesOf(node);
  const needs = properties?.has('run') ? bare(properties.get('needs')?.value as Node | undefined) : undefined;
  const names = propertiesOf(needs);
  const own: Edit[] = needs && names ? [{ start: needs.start, end: needs.end, text: JSON.stringify([...names.keys()]) }] : [];
  return [...own, ...[...childrenOf(node)].flatMap(needsByName)];
}

function pureConsts(program: Node, fromRivus: Set<string>): Edit[] {
  const pure = new Set(fromRivus);
  const edits: Edit[] = [];
  for (const [name, value] of constsOf(program)) {
    edits.push(...pureCalls(value, pure));
    if (isMadeBy(pure, value)) pure.add(name);
  }
  return edits;
}

/** The mark goes in front of the outermost call of a chain, and of those among its arguments. */
function pureCalls(node: Node, pure: Set<string>, isInChain = false): Edit[] {
  if (/Function/.test(node.type)) return [];
  const isCall = node.type === 'CallExpression' && isMadeBy(pure, node);
  const own: Edit[] = isCall && !isInChain ? [{ start: node.start, end: node.start, text: '/* @__PURE__ */ ' }] : [];
  const inside = [...childrenOf(node)].flatMap((child) => pureCalls(child, pure, (isCall || isInChain) && (child === node.callee || child === node.object)));
  return [...own, ...inside];
}

/** A chain of calls and members that begins with one of the names, such as `z.object({…}).strict()`. */
function isMadeBy(names: Set<string>, node: Node): boolean {
  if (node.type === 'CallExpression') return isMadeBy(names, node.callee as Node);
  if (node.type === 'MemberExpression') return isMadeBy(names, node.object as Node);
  return node.type === 'Identifier' && names.has(node.name as string);
}

/** Edits within what is cut out, or rewritten, are void. */
function outermost(edits: Edit[]): Edit[] {
  return edits.filter((edit) => !edits.some((other) => other !== edit && other.end > other.start && other.start <= edit.start && edit.end <= other.end));
}
