/** jobs.yaml as it may be shown in a browser. Secrets stand there by the names of their variables; what somebody wrote out by mistake is struck out. */

/** `${NAME}` says nothing. */
const NAMED = /^["']?\$\{/;
/** Keys whose values are secrets, and what follows them. */
const SECRET_KEY = /((?:api_?key|token|secret|password|authorization|cookie)["']?\s*:\s*)([^\s,}#][^\s,}]*(?:[^\S\n]+[^\s,}#][^\s,}]*)*)/gi;
/** Addresses that let in whoever knows them, and user names with passwords before a host. */
const SECRET_ADDRESS = /(https?:\/\/(?:hooks\.slack\.com|(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks)\/)[^\s"',}]+|(https?:\/\/)[^\s"'/@$]+@/gi;
/** Beginnings by which services mark their keys. */
const KNOWN_KEY = /\b(?:sk-|ghp_|github_pat_|xox[abps]-|AIza|eyJ)[\w-]{8,}/g;

const HIDDEN = '‹hidden›';

export function veiled(text: string): string {
  return text
    .replace(SECRET_KEY, (whole, key: string, value: string) => (NAMED.test(value) ? whole : key + HIDDEN))
    .replace(SECRET_ADDRESS, (_, service: string | undefined, scheme: string | undefined) => (service === undefined ? `${scheme}${HIDDEN}@` : service + HIDDEN))
    .replace(KNOWN_KEY, HIDDEN);
}
