/** The YAML layer: text → document and data. Its mistakes are those that a YAML file of any kind can have. */
import { isScalar, parseDocument, visit, type Document, type Node } from 'yaml';
import { locate, spanOf, type Path } from './locate.ts';
import { problemAt, type Problem, type Source, type Span } from './problem.ts';

/** One anchor used more often, nested uses multiplied, is no convenience but an alias bomb. */
const MOST_COPIES = 50;
/** Resolving takes quadratic time in the aliases of a file. */
const MOST_ALIASES = 1_000;

/** Deeper than any configuration; what walks over the data later may recurse. */
const DEEPEST = 100;

const TWICE = 'this key stands in the same map twice; only one of them could count';
const TOO_DEEP = 'the file is nested too deeply';

/** What was read, and where it stands in the text. `data` is missing when it would make no sense to look at it. */
export type Reading = { data?: unknown; problems: Problem[]; locate(path: Path, part?: 'key' | 'value'): Span };

export function readDocument(source: Source): Reading {
  const document = parseDocument(source.text, { merge: true, prettyErrors: false, uniqueKeys: true });
  return { ...read(document, source), locate: (path, part) => locate(document, path, part) };
}

function read(document: Document.Parsed, source: Source): Pick<Reading, 'data' | 'problems'> {
  // The parser's stack has ended; what else it reports are the ruins.
  if (document.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) return { problems: [problemAt(source, [0, 1], TOO_DEEP)] };
  const problems = [...document.errors, ...document.warnings].map((error) => problemAt(source, error.pos, sentence(error)));
  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  if (!broken) problems.push(...shapeProblems(source, document));
  if (!broken) problems.push(...aliasProblems(source, document));
  if (problems.some(({ message }) => message !== TWICE)) return { problems };
  try {
    return { data: document.toJS({ maxAliasCount: MOST_COPIES }), problems };
  } catch (cause) {
    // yaml's answer to a bomb; unknown and circular aliases were found above.
    if (!(cause instanceof ReferenceError)) throw cause;
    const message = `the aliases of this file unfold to more than ${MOST_COPIES} copies of one anchor; write some of them out`;
    return { problems: [...problems, problemAt(source, firstAlias(document), message)] };
  }
}

function shapeProblems(source: Source, document: Document): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Collection(_, collection, path) {
      if (path.length < DEEPEST) return;
      problems.push(problemAt(source, spanOf(collection), TOO_DEEP));
      return visit.BREAK;
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value !== '__proto__') return;
      const message = isScalar(key) ? 'the key "__proto__" is refused: it would change an object instead of naming an entry' : 'a key must be plain text';
      problems.push(problemAt(source, spanOf(key as Node | null), message));
    },
  });
  return problems;
}

/** In the order of the text: an alias must come after its anchor, and not inside it. */
function aliasProblems(source: Source, document: Document): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Value(_, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Alias(_, alias, path) {
      const report = (message: string) => void problems.push(problemAt(source, spanOf(alias), message));
      if (!anchors.has(alias.source)) report(`the alias *${alias.source} has no anchor &${alias.source} before it`);
      if (path.some((node) => 'anchor' in node && node.anchor === alias.source)) report(`the alias *${alias.source} stands inside its own anchor`);
      if (++aliases <= MOST_ALIASES) return;
      report(`the file has more than ${MOST_ALIASES} aliases; write some of them out`);
      return visit.BREAK;
    },
  });
  return problems;
}

function firstAlias(document: Document): Span {
  let span: Span = [0, 1];
  visit(document, {
    Alias(_, alias) {
      span = spanOf(alias);
      return visit.BREAK;
    },
  });
  return span;
}

function sentence({ code, message }: { code: string; message: string }): string {
  if (code === 'DUPLICATE_KEY') return TWICE;
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; jobs.yaml holds one';
  return message;
}
