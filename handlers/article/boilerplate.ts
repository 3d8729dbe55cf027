/**
 * What surrounds an article and was not written for it: consent, newsletters, share bars, teasers. Taken out before the article is
 * looked for, and only on evidence that holds on any site: the names that publishers and their vendors give to such parts, together
 * with what the part consists of. An element that holds a good deal of the page is never taken out, whatever its name is.
 */
import type { DomDocument, DomElement } from './dom.ts';

type Kind = {
  /** Of a class or an id. */
  name: RegExp;
  /** Most characters of text in it, and least: a byline has the names of an author's box. */
  most: number;
  least?: number;
  /** Least share of the text that links make up. */
  linked?: number;
  /** It asks for an address. */
  asks?: boolean;
};

const KINDS: readonly Kind[] = [
  {
    name: /^(?:onetrust|ot-sdk|didomi|usercentrics|qc-cmp|truste|sp_message|fc-consent|cmplz|borlabs-?cookie|iubenda|cybotcookie|osano|cc-(?:window|banner|revoke)|(?:cookies?|gdpr|consent)[-_]?(?:banner|bar|box|consent|dialog|disclaimer|info|law|manager|message|modal|notice|notification|overlay|policy|popup|prompt|wall|warning))/,
    most: 5_000,
  },
  { name: /(?:^|[-_])(?:newsletters?|signup|sign-up|subscribe|subscription|mailing-?list)(?:[-_]|$)/, most: 700, asks: true },
  { name: /^(?:share|sharing|social|addthis|addtoany|sharedaddy|a2a_kit|ssba|heateor|shariff)(?:[-_]|$)|[-_](?:share|sharing|social)(?:[-_](?:bar|box|buttons?|icons?|links?|list|tools|wrapper))?$/, most: 160 },
  {
    name: /(?:^|[-_])(?:related|recommended|recommendations?|read-?more|read-?next|read-?also|more-?(?:from|in|on|stories|news)|you-?may-?(?:also-?)?like|most-?(?:read|popular|viewed)|trending|popular-?posts|outbrain|taboola|zergnet|jp-relatedposts|yarpp)(?:[-_]|$)/,
    most: 3_000,
    linked: 0.6,
  },
  { name: /(?:^|[-_])(?:author|authors|writer|contributor)[-_]?(?:bio|biography|box|card|info|profile|description)(?:[-_]|$)|^about-?(?:the-?)?author/, most: 900, least: 120 },
  // `ad` is a word of its own: a header is none.
  { name: /^(?:ads?|advert|adverts|advertisement|advertising|advertorial-label|adsbygoogle|ad[-_](?:banner|block|box|container|label|slot|unit|wrapper)|google[-_]ads?|dfp[-_].*|gpt[-_]ad.*)$/, most: 400 },
  { name: /^(?:sr-only|visually-?hidden|screen-reader-text|screen-reader-only|a11y-hidden|assistive-text)$/, most: 120 },
];
/** Of the text of the page. */
const MOST_OF_PAGE = 0.3;
const CANDIDATES = 'aside, div, section, ul, nav, form, p, span, footer';
const HOLDS_ARTICLE = 'article, main, h1, [itemprop="articleBody"]';

export function removeBoilerplate({ body }: DomDocument): void {
  const most = lengthOf(body) * MOST_OF_PAGE;
  for (const element of [...body.querySelectorAll(CANDIDATES)]) {
    const kind = kindOf(element);
    if (kind && fits(element, kind, most)) element.remove();
  }
}

function kindOf({ id, className }: DomElement): Kind | undefined {
  if (id === '' && className === '') return undefined;
  const names = `${className} ${id}`.toLowerCase().split(/\s+/);
  return KINDS.find(({ name }) => names.some((one) => name.test(one)));
}

function fits(element: DomElement, { most, least = 0, linked = 0, asks = false }: Kind, mostOfPage: number): boolean {
  const length = lengthOf(element);
  if (length > most || length < least || length > mostOfPage) return false;
  if (asks && !element.querySelector('input, button')) return false;
  if (linked > 0 && linkedShare(element, length) < linked) return false;
  return element.querySelector(HOLDS_ARTICLE) === null;
}

/** How much of the text stands in links, 0–1. */
export function linkedShare(element: DomElement, length = lengthOf(element)): number {
  let linked = 0;
  for (const link of element.querySelectorAll('a')) linked += lengthOf(link);
  return length === 0 ? 0 : linked / length;
}

function lengthOf(element: DomElement): number {
  return element.textContent.replace(/\s+/g, ' ').length;
}
