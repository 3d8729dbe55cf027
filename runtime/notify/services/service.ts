/** What every service is given, and what it says came of it. */
import type { NotifyTarget } from '../../../machines/spec.ts';
import type { Exec } from '../../exec.ts';
import type { Fetch } from '../../http/web.ts';
import type { Message } from '../message.ts';

export type Kind = NotifyTarget['kind'];
export type TargetOf<K extends Kind> = Extract<NotifyTarget, { kind: K }>;

/** `said`: what came back, for people. `again`: it is worth another try, not before `retryAt` (ms since the epoch). */
export type Delivery = { ok: true; said: string } | { ok: false; reason: string; again: boolean; retryAt?: number };

export type Carrier = {
  /** For the host that the operator has named: it may be a private one. */
  fetch(host: string): Fetch;
  exec: Exec;
  now(): number;
  signal: AbortSignal;
};

/** Texts of the target are expanded. Rejects when nothing came back. */
export type Service<K extends Kind> = (message: Message, target: TargetOf<K>, carrier: Carrier) => Promise<Delivery>;
