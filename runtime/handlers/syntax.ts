/** A module's syntax tree, as far as the bundler asks about it, and edits of its text. */
import { RolldownMagicString } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

export type Node = { type: string; start: number; end: number } & Record<string, unknown>;

/** Replaces the text from `start` to `end`. */
export type Edit = { start: number; end: number; text: string };

/** Undefined when it does not parse: the bundler will say so, and where. */
export function parse(text: string, file: string): Node | undefined {
  try {
    return parseAst(text, { lang: /\.m?ts$/.test(file) ? 'ts' : 'js' }, file) as unknown as Node;
  } catch {
    return undefined;
  }
}

/** A text after its edits, with the map that leads back; what a plugin's `transform` answers. */
export type Edited = { code: string; map: string };

/** Applies edits that do not overlap. */
export function edited(text: string, edits: readonly Edit[]): Edited {
  const draft = new RolldownMagicString(text);
  for (const { start, end, text: put } of edits) {
    if (start === end) draft.appendLeft(start, put);
    else if (put === '') draft.remove(start, end);
    else draft.overwrite(start, end, put);
  }
  return { code: draft.toString(), map: draft.generateMap({ hires: true }).toString() };
}

export function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (typeof (child as Node | null)?.type === 'string') yield child as Node;
  }
}

/** Without `as`, `satisfies`, `!` and parentheses around it. */
export function bare(node: Node | undefined): Node | undefined {
  const wrapped = /^(TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|TSTypeAssertion|ParenthesizedExpression)$/;
  return node && wrapped.test(node.type) ? bare(node.expression as Node) : node;
}

export function nameOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name as string;
  return node?.type === 'Literal' ? String(node.value) : undefined;
}

/** Properties by name; undefined when it is no literal, or holds a spread or a computed key. */
export function propertiesOf(node: Node | undefined): Map<string, Node> | undefined {
  if (node?.type !== 'ObjectExpression') return undefined;
  const properties = node.properties as Node[];
  if (properties.some((property) => property.type !== 'Property' || property.computed)) return undefined;
  return new Map(properties.map((property) => [nameOf(property.key as Node)!, property]));
}
