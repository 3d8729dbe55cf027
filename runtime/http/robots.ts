/** robots.txt, as RFC 9309 wants it read: asked for once a day and host, however many wait for it. */
import type { Clock } from '../../actors/ports.ts';
import { Transient } from '../handlers/signals.ts';
import { orAborted } from '../or-aborted.ts';
import { shown } from './address.ts';
import { HttpError, NetworkError, ResponseTooLarge, RobotsRefused } from './errors.ts';

const DAY_MS = 24 * 3_600_000;
/** A host that could not answer is asked again after this time. */
const AFTER_FAILURE_MS = 5 * 60_000;
const LONGEST_GAP_MS = 30_000;
const HOSTS = 1000;

/** Brings the text of an address; rejects like `Http`. Others wait for it too: it does not end with who asked first. */
type Ask = (url: URL) => Promise<string>;
type Rules = { isAllowed(url: string, agent: string): boolean | undefined; getMatchingLineNumber(url: string, agent: string): number; getCrawlDelay(agent: string): number | undefined; text: string };
type Known = { until: number; rules: Promise<Rules> };

export class Robots {
  private readonly clock: Clock;
  private readonly known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Resolves to the gap, in ms, that the host wants between requests (0: none). Rejects with `RobotsRefused` when it does not want
   * this one, with a `Transient` when it cannot be asked, and with the reason of `signal`.
   */
  async admit(url: URL, userAgent: string, ask: Ask, signal: AbortSignal): Promise<number> {
    const rules = await orAborted(this.rulesOf(url, ask), signal);
    const agent = userAgent.split('/')[0]!;
    if (rules.isAllowed(url.href, agent) === false) {
      const line = rules.getMatchingLineNumber(url.href, agent);
      const says = line > 0 ? `line ${line} says "${rules.text.split(/\r\n|\r|\n/)[line - 1]?.trim().slice(0, 200)}"` : 'it allows nothing';
      throw new RobotsRefused(`${shown(url)} is not fetched: robots.txt of ${url.host} does not want it, ${says}; if its owner lets you, set http: { robots: false } for the job in jobs.yaml`);
    }
    return Math.min((rules.getCrawlDelay(agent) ?? 0) * 1000, LONGEST_GAP_MS);
  }

  private rulesOf({ origin }: URL, ask: Ask): Promise<Rules> {
    const known = this.known.get(origin);
    if (known && known.until > this.clock.now()) return known.rules;
    if (this.known.size >= HOSTS) this.known.delete(this.known.keys().next().value!);
    const entry: Known = { until: this.clock.now() + DAY_MS, rules: rulesFrom(new URL('/robots.txt', origin), ask) };
    entry.rules.catch(() => (entry.until = this.clock.now() + AFTER_FAILURE_MS));
    this.known.set(origin, entry);
    return entry.rules;
  }
}

async function rulesFrom(url: URL, ask: Ask): Promise<Rules> {
  const text = await ask(url).catch((error: unknown) => {
    if (isNone(error)) return '';
    if (error instanceof HttpError || error instanceof NetworkError || error instanceof Transient) {
      throw new Transient(`robots.txt of ${url.host} cannot be read, so nothing is fetched from there for now: ${error.message}`, { cause: error });
    }
    throw error;
  });
  const { default: parse } = (await import('robots-parser')) as unknown as { default(url: string, text: string): Omit<Rules, 'text'> };
  return Object.assign(parse(url.href, text), { text });
}

/** There is none, it is hidden, or it is no such file: everything is allowed. */
const isNone = (error: unknown) => error instanceof ResponseTooLarge || (error instanceof HttpError && error.status < 500 && error.status !== 429);
