/**
 * One spelling for one page, so that an article that a feed names and the operator pastes is one item. For keys: what is
 * fetched is the address as it was given.
 */

/** Parameters that say how a reader came, never what is read. A trailing * stands for any ending. */
const TRACKING = [
  'utm_*', 'mtm_*', 'pk_*', 'piwik_*', 'hsa_*', '_hs*', 'ga_*', '_ga', '_gl', 'at_medium', 'at_campaign', 'at_custom*', 'at_link_*', 'at_ptr_*', 'at_bbc_*', 'at_format',
  'gclid', 'gclsrc', 'gbraid', 'wbraid', 'dclid', 'fbclid', 'fb_action_*', 'fb_source', 'fb_ref', 'msclkid', 'twclid', 'ttclid', 'li_fat_id', 'yclid', 'ysclid', '_openstat', 'igsh', 'igshid', 'mc_cid', 'mc_eid', 'mkt_tok',
  'vero_id', 'vero_conv', 'oly_anon_id', 'oly_enc_id', 'rb_clickid', 's_cid', 'ns_mchannel', 'ns_source', 'ns_campaign', 'ns_linkname', 'ns_fee', 'cmpid', 'ocid', 'ncid', 'smid', 'xtor', 'wt_mc', 'wt.mc_id', 'guccounter', 'guce_referrer*', 'soc_src', 'soc_trk',
  'share_id', 'sharetoken', 'ref_src', 'ref_url', '__twitter_impression', 'sfnsn', 'spm', 'trk', 'trkcampaign',
];
const EXACT = new Set(TRACKING.filter((name) => !name.endsWith('*')));
const BEGINNINGS = TRACKING.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));

/**
 * The key of a web page: `https`, no `www.`, no default port, no fragment, no tracking parameters, the others in order, no slash at
 * the end, the percent signs of RFC 3986, no user or password. Undefined when `text` is no http address.
 */
export function canonicalUrl(text: string | URL): string | undefined {
  const url = URL.parse(String(text)) ?? undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined;
  // A port that is given says that this is no ordinary web server: there, http and https are two things.
  const scheme = url.port === '' ? 'https:' : url.protocol;
  const host = url.host.replace(/\.(?=:|$)/, '').replace(/^www\.(?=.*\..)/, '');
  // Looking back, so that a long run of slashes is walked once.
  const path = evenly(url.pathname).replace(/(?<!\/)\/+$/, '');
  // `#!` was an address once, before sites could rewrite their path.
  const hash = url.hash.startsWith('#!') ? evenly(url.hash) : '';
  return `${scheme}//${host}${path}${queryOf(url)}${hash}`;
}

function queryOf({ search }: URL): string {
  const kept = search.slice(1).split('&').filter((pair) => pair !== '' && !isTracking(pair.split('=', 1)[0]!.toLowerCase()));
  return kept.length === 0 ? '' : `?${kept.map(evenly).sort().join('&')}`;
}

function isTracking(name: string): boolean {
  return EXACT.has(name) || BEGINNINGS.some((beginning) => name.startsWith(beginning));
}

/** Escapes in capitals, and none where a plain character means the same. */
function evenly(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase();
  });
}
