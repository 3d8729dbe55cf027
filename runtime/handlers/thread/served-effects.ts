/** The runner's side of `ctx` in a thread: by name, what the thread may ask for, and how it is answered. */
import type { HttpOptions, HttpResponse } from '../../../actors/http.ts';
import type { ArtifactRef, Claim, Log } from '../../../actors/ports.ts';
import type { ExecOptions } from '../../exec.ts';
import type { Question, Recording } from '../../llm/asker.ts';
import { meterOf } from '../meter.ts';
import type { Progress, World } from '../world.ts';

/** What is done for one attempt. `signal` ends with it. */
export type Serving = { claim: Claim; signal: AbortSignal };

export type Effects = Record<string, (...given: any[]) => unknown>;

export function servedEffects(world: World, { claim, signal }: Serving): Effects {
  const { log, ledger, store, artifacts, secrets } = world;
  const web = world.web.of(claim.job, () => signal, { clean: world.clean, note: (call) => world.noteCall(claim, call) });
  const asker = world.models.for(() => ({ claim, signal, meter: meterOf(world, claim) }));
  return {
    log: (level: keyof Log, message: string, facts?: Record<string, unknown>) => log[level](message, facts),
    line: (level: keyof Log, message: string, facts?: Record<string, unknown>) => world.say(claim, level, message, facts),
    progress: (progress: Progress) => world.onProgress(progress),
    spend: (usd: number) => meterOf(world, claim).add(usd),
    secret: (name: string, value: string) => {
      secrets.add(name, value);
      world.onSecret?.(claim.job, name);
    },
    recall: (key: string) => ledger.recall(key),
    remember: (key: string, value: string) => ledger.remember(key, value),
    outputs: (job: string, stage: string) => store.outputs.ofStage(job, stage),
    write: (name: string, data: string | Uint8Array, media?: string): Promise<ArtifactRef> => artifacts.write(name, data, media),
    publish: (job: string, name: string, data: string | Uint8Array) => artifacts.publish(job, name, data),
    ask: (question: Question) => asker.ask(question),
    hear: (recording: Recording) => asker.hear(recording),
    forget: (keys: string[]) => asker.forget(keys),
    read: (hash: string) => artifacts.read(hash),
    exec: (file: string, args?: readonly string[], options?: ExecOptions) => world.exec(() => signal)(file, args, options),
    http: async (url: string, options?: HttpOptions) => onTheWire(await web.request(url, options)),
  };
}

const onTheWire = ({ status, url, headers, bytes, notModified }: HttpResponse) => ({ status, url, headers: [...headers], bytes, notModified });
