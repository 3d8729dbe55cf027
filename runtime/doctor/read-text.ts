/** Facts that stand in the text of an error, where the error itself does not carry them. */

/** The last exception of a traceback, or the one that a message begins with: `TypeError: x is not a function`. */
export function lastException(text: string): { name: string; message: string } | undefined {
  const found = [...text.matchAll(EXCEPTION)].at(-1);
  return found && { name: found[1]!.split('.').at(-1)!, message: found[2] ?? '' };
}

/** At the start of a line: a dotted name that ends as exceptions end, then a colon and its words, or nothing. */
const EXCEPTION = /^[ \t]*(?:Uncaught |Unhandled |\[?cause\]?: )?((?:[A-Za-z_]\w{0,40}\.){0,8}[A-Z]\w{0,60}?(?:Error|Exception|Timeout|Warning|Exit|Interrupt|NotFound))(?: \[\w+\])?(?:: ([^\n]*)|[ \t]*$)/gm;

/** The HTTP status that a text speaks of, 400 to 599. */
export function statusIn(text: string): number | undefined {
  for (const pattern of STATUS) {
    const status = Number(pattern.exec(text)?.[1]);
    if (status >= 400 && status <= 599) return status;
  }
  return undefined;
}

const STATUS = [
  /\bHTTP(?:\/[\d.]+)?(?: (?:Error|status|code|response|request failed with status))*[ :=(]+([45]\d\d)\b/i,
  /\bstatus(?: ?code)?["']?(?: of| is| was|:|=)?[ :=]*["']?([45]\d\d)\b/i,
  /\b(?:Error|Error code|code|returned|received|answered|responded with|got|with a|failed with)["']?[ :=(]*["']?([45]\d\d)\b(?![.,]\d)/i,
  /^["'(<[\w :]{0,40}?\b([45]\d\d)\b ?[-:{(<[A-Z]/,
  /\b([45]\d\d) (?:Client|Server) Error\b/,
  /\b([45]\d\d):? (?:Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Gone|Request Timeout|Conflict|Too Many Requests|Internal Server|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time)/i,
  /[\]}"'] ([45]\d\d)$/,
];

/** Codes in the body of an answer: values of keys such as `code`, `type`, `reason`; and exceptions that a text names in brackets. */
export function bodyCodes(text: string): string[] {
  return [...text.matchAll(KEYED), ...text.matchAll(BRACKETED), ...text.matchAll(SHOUTED)].slice(0, 30).map((found) => found[1]!);
}

const KEYED = /["']?\b(?:code|type|reason|status|error|err_code|error_code|errorCode|errorType|error_type|quotaId|__type)\b["']?\s*[:=]\s*["']?([A-Za-z][\w.-]{3,60})\b/g;
const BRACKETED = /\(([A-Za-z]\w*(?:_\w+|Exception|Error|Denied|Exceeded|Expired))\)/g;
/** `RESOURCE_EXHAUSTED`, `ERR_TUNNEL_CONNECTION_FAILED`, `ECONNRESET`. */
const SHOUTED = /\b((?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+|E[A-Z]{3,}[A-Z0-9]*)\b/g;

/** A request that is larger than the whole window: `Limit 30000, Requested 30601`. No waiting cures it. */
export function asksForMoreThanLimit(text: string): boolean {
  const found = /\blimit:? *~?([\d,_]+)\b.{0,60}?\brequested:? *~?([\d,_]+)/i.exec(text);
  return found !== null && digits(found[2]!) > digits(found[1]!);
}

const digits = (text: string) => Number(text.replaceAll(/[,_]/g, ''));
