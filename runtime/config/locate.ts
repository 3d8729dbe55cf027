/** Where a path of the data stands in the text. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Span } from './problem.ts';

/** Keys and indices from the root, as zod gives them. */
export type Path = readonly PropertyKey[];

/**
 * The span of the value at `path`, or of its key. Where the path ends early (a missing key), that of the nearest
 * thing that is there: the key of the map in which it is missing.
 */
export function locate(document: Document, path: Path, part: 'key' | 'value' = 'value'): Span {
  let node: Node | null = document.contents;
  let nearest: Span = [0, 1];
  for (const [depth, step] of path.entries()) {
    const collection: Node | null = isAlias(node) ? (node.resolve(document) ?? null) : node;
    const last = depth === path.length - 1;
    if (isMap(collection)) {
      const pair = findPair(document, collection, String(step));
      if (!pair) return nearest;
      node = pair.value as Node | null;
      if (last && part === 'key') return spanOf(pair.key as Node);
      nearest = spanOf(pair.key as Node);
    } else if (isSeq(collection)) {
      node = (collection.items[Number(step)] as Node | undefined) ?? null;
      if (!node) return nearest;
      nearest = spanOf(node);
    } else {
      return nearest;
    }
  }
  return node && path.length > 0 ? spanOf(node) : nearest;
}

/** A key written in the map itself goes before one that `<<` brings in; of two, the later one counts. */
function findPair(document: Document, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.findLast((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own) return own;
  for (const pair of map.items) {
    if (!isMergeKey(pair.key)) continue;
    for (const part of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const merged = isAlias(part) ? part.resolve(document) : part;
      const found = isMap(merged) ? findPair(document, merged, key) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

/** Of the node itself, without the blanks and comments behind it. */
export function spanOf(node: Node | null): Span {
  return node?.range ? [node.range[0], node.range[1]] : [0, 1];
}

function isMergeKey(key: unknown): boolean {
  if (!isScalar(key)) return false;
  return typeof key.value === 'symbol' ? key.value.description === '<<' : key.value === '<<';
}
