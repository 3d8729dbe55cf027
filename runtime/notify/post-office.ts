/** Delivers one message to one target, within a time. Whatever goes wrong is an answer, without the secrets that it was sent with. */
import type { Clock } from '../../actors/ports.ts';
import type { NotifyTarget } from '../../machines/spec.ts';
import { expand, variablesOf } from '../config/expand.ts';
import { createExec } from '../exec.ts';
import { Secrets } from '../handlers/redact.ts';
import type { Fetch } from '../http/web.ts';
import type { Message } from './message.ts';
import { services } from './services/index.ts';
import type { Delivery, Service } from './services/service.ts';

const TIMEOUT_MS = 15_000;
/** What another try changes nothing about. */
const IN_VAIN = ['MissingVariable', 'AddressRefused', 'TypeError'];

export type PostOfficeWorld = {
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of jobs.yaml, absolute: programs start there. */
  root: string;
  fetch(host: string): Fetch;
};

export class PostOffice {
  private readonly world: PostOfficeWorld;

  constructor(world: PostOfficeWorld) {
    this.world = world;
  }

  /** Never rejects. */
  async deliver(message: Message, target: NotifyTarget, outer: AbortSignal): Promise<Delivery> {
    const { clock, env, root, fetch } = this.world;
    const secrets = new Secrets();
    const ending = new AbortController();
    const timer = clock.setTimeout(() => ending.abort(new DOMException(`nothing came back within ${TIMEOUT_MS / 1000} s`, 'TimeoutError')), TIMEOUT_MS);
    const signal = AbortSignal.any([outer, ending.signal]);
    try {
      const service = services[target.kind] as unknown as Service<typeof target.kind>;
      const carrier = { fetch, now: () => clock.now(), signal, exec: createExec({ clock, env, cwd: root, signal: () => signal }) };
      return cleaned(await service(message, this.expanded(target, secrets), carrier), secrets);
    } catch (error) {
      const { name, message: text, cause } = error as Error & { cause?: Error };
      return cleaned({ ok: false, reason: cause?.message ? `${text}: ${cause.message}` : text, again: !IN_VAIN.includes(name) || cause !== undefined }, secrets);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** The variables in its texts are read now, and struck out of whatever is said about them. */
  private expanded(target: NotifyTarget, secrets: Secrets): NotifyTarget {
    const { env } = this.world;
    const texts = (value: unknown): unknown => {
      if (typeof value === 'string') {
        for (const name of variablesOf(value)) if (env[name]) secrets.add(name, env[name]);
        return expand(value, env);
      }
      if (Array.isArray(value)) return value.map(texts);
      return Object(value) === value ? Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, texts(inner)])) : value;
    };
    return texts(target) as NotifyTarget;
  }
}

const cleaned = (delivery: Delivery, secrets: Secrets): Delivery => (delivery.ok ? { ...delivery, said: secrets.strike(delivery.said) } : { ...delivery, reason: secrets.strike(delivery.reason) });
