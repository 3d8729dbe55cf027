/** The text of a page → a tree that can be walked in bounded time. */
import { Parser } from 'htmlparser2';
import { parseHTML } from 'linkedom/worker';
import type { DomDocument } from './dom.ts';
import { GrowingTree } from './growing-tree.ts';

const CHUNK = 65_536;
const MOST_CHARACTERS = 10_000_000;

/** `cut`: why the end of the page is missing, if it is. */
export type ParsedPage = { document: DomDocument; cut: string | undefined };

/** Takes anything; what it does not understand is text, what is too much is cut. `url`: where the links of the page start from. */
export function parsePage(html: string, url: string): ParsedPage {
  const document = parseHTML('<!doctype html><html><head></head><body></body></html>').document as unknown as DomDocument;
  const tree = new GrowingTree(document);
  const parser = new Parser(tree, { decodeEntities: true });
  for (let at = 0; at < Math.min(html.length, MOST_CHARACTERS) && tree.cut === undefined; at += CHUNK) {
    const chunk = html.slice(at, at + CHUNK);
    parser.write(chunk);
    tree.spend(chunk.split('</').length - 1);
  }
  parser.end();
  const cut = tree.cut ?? (html.length > MOST_CHARACTERS ? `its source has more than ${MOST_CHARACTERS} characters` : undefined);
  setBase(document, url);
  return { document, cut };
}

/** The base that a page names may be relative itself, and there may be none. */
function setBase(document: DomDocument, url: string): void {
  const given = document.querySelector('base[href]');
  const base = given ?? document.createElement('base');
  base.setAttribute('href', URL.parse(given?.getAttribute('href') ?? '', url)?.href ?? url);
  if (!given) document.head.append(base);
}
