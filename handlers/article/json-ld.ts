/** What a page says of its article as data (schema.org, in JSON-LD). */
import type { DomDocument } from './dom.ts';

/** The entry of the article, with the properties that are used here, all of them text. */
export type Described = { headline?: string; body?: string; author: string[]; published?: string; modified?: string; language?: string; publisher?: string; image?: string; section?: string };

const ARTICLE = /^(?:\w*Article|BlogPosting|LiveBlogPosting|NewsArticle|SocialMediaPosting|Report|Review|HowTo|Recipe)$/;
const LONGEST = 2_000_000;
const MOST_NODES = 5_000;

/** Undefined when there is none; broken JSON is as good as none. */
export function describedArticle(document: DomDocument): Described | undefined {
  for (const script of document.querySelectorAll('script')) {
    const article = articleIn(parse(script.textContent));
    if (article) return describe(article);
  }
  return undefined;
}

type Node = Record<string, unknown>;

function parse(text: string): unknown {
  if (text.length > LONGEST) return undefined;
  try {
    return JSON.parse(text.replace(/^\s*(?:<!--|\/\*.*?\*\/|<!\[CDATA\[)|(?:-->|\]\]>)\s*$/g, ''));
  } catch {
    // Line breaks within a text are the usual mistake.
    try {
      return JSON.parse(text.replace(/[\x00-\x1f]+/g, ' '));
    } catch {
      return undefined;
    }
  }
}

/** Breadth first: the article itself comes before one that it mentions. */
function articleIn(data: unknown): Node | undefined {
  const queue = [data];
  for (let at = 0; at < queue.length && at < MOST_NODES; at++) {
    const value = queue[at];
    if (Array.isArray(value)) queue.push(...value.slice(0, 100));
    else if (isNode(value)) {
      if ([value['@type']].flat().some((type) => typeof type === 'string' && ARTICLE.test(type))) return value;
      queue.push(value['@graph'], value['mainEntity'], value['mainEntityOfPage'], value['itemListElement'], value['item'], value['hasPart']);
    }
  }
  return undefined;
}

function describe(node: Node): Described {
  const found = {
    headline: text(node.headline) ?? text(node.name),
    body: text(node.articleBody) ?? text(node.reviewBody) ?? text(node.text),
    published: text(node.datePublished) ?? text(node.dateCreated) ?? text(node.uploadDate),
    modified: text(node.dateModified),
    language: text(node.inLanguage),
    publisher: named(node.publisher)[0],
    image: addresses(node.image)[0],
    section: text(node.articleSection),
  };
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { ...given, author: [...new Set([...named(node.author), ...named(node.creator)])] };
}

function named(value: unknown): string[] {
  return [value].flat().flatMap((one) => text(isNode(one) ? one.name : one) ?? []).filter((name) => !/^https?:/i.test(name));
}

function addresses(value: unknown): string[] {
  return [value].flat().flatMap((one) => text(isNode(one) ? (one.url ?? one.contentUrl) : one) ?? []);
}

function text(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first.trim() !== '' ? first.trim() : undefined;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
