/** The values of secrets that handlers have read: struck out of what is logged or stored as an error. */

/** Shorter ones are words: striking them out would only tear holes into sentences. */
const SHORTEST = 4;

export class Secrets {
  /** By what is struck out, the longest first: a secret may begin with another one. */
  private names: ReadonlyMap<string, string> = new Map();

  /** From now on `value` is replaced by ‹name›, also as JSON and in a URL. */
  add(name: string, value: string): void {
    if (value.length < SHORTEST || this.names.has(value)) return;
    const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)].map((form) => [form, `‹${name}›`] as const);
    this.names = new Map([...this.names, ...forms].toSorted(([a], [b]) => b.length - a.length));
  }

  strike(text: string): string {
    let clean = text;
    for (const [value, name] of this.names) clean = clean.replaceAll(value, name);
    return clean;
  }

  /** The same for facts of a log line, which must not fail the attempt that writes it: errors become text, and what is no JSON is left out. */
  strikeFacts(facts: Record<string, unknown>): Record<string, unknown> {
    try {
      return JSON.parse(this.strike(JSON.stringify(facts, (_key, value: unknown) => (value instanceof Error ? `${value.name}: ${value.message}` : value))));
    } catch {
      return { facts: 'left out: they are no JSON' };
    }
  }
}
