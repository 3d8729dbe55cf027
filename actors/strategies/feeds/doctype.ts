/** Entities that a document declares for itself. A few plain ones are read; what is known as an attack is refused. */
import { UnreadableFeed } from './unreadable.ts';

const DECLARATION = /<!ENTITY\s+([\w.:-]+)\s+(?:(SYSTEM|PUBLIC)\b|"([^"]*)"|'([^']*)')/gi;
const REFERENCE = /&([\w.:-]+);/g;
/** Those of XML itself; the feed parser reads them, and the ones of HTML. */
const PREDEFINED = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);
const LONGEST = 1000;
const GROWTH_AT_MOST = 1_000_000;

export type Entities = ReadonlyMap<string, string>;

/** @throws UnreadableFeed for entities made of entities, entities that are read from elsewhere, and long ones */
export function declaredEntities(doctype: string): Entities {
  const found = new Map<string, string>();
  for (const [, name = '', external, double, single] of doctype.matchAll(DECLARATION)) {
    const value = double ?? single ?? '';
    if (external !== undefined) throw new UnreadableFeed(`it declares the entity "${name}" as something to be read from elsewhere, which is refused`);
    const inner = [...value.matchAll(REFERENCE)].map(([, other = '']) => other).find((other) => !PREDEFINED.has(other));
    if (inner !== undefined) throw new UnreadableFeed(`it declares the entity "${name}" by another one ("${inner}"), which is refused: such text grows without end`);
    if (value.length > LONGEST) throw new UnreadableFeed(`it declares the entity "${name}" with ${value.length} characters; ${LONGEST} are allowed`);
    found.set(name, value);
  }
  return found;
}

/** Puts declared entities in their places, for all of one feed. Throws UnreadableFeed when that makes it a megabyte longer. */
export function replacer(entities: Entities): (xml: string) => string {
  let grown = 0;
  if (entities.size === 0) return (xml) => xml;
  return (xml) =>
    xml.replace(REFERENCE, (reference, name: string) => {
      const value = entities.get(name) ?? reference;
      grown += value.length - reference.length;
      if (grown > GROWTH_AT_MOST) throw new UnreadableFeed('it grows by more than a megabyte when its entities are put in their places, which is refused');
      return value;
    });
}
