/** The world as a thread sees it: files, network, programs and the store belong to the runner, which is asked for them. */
import type { Http, HttpOptions, HttpResponse } from '../../../actors/http.ts';
import type { Log } from '../../../actors/ports.ts';
import { realClock } from '../../clock.ts';
import { createDoctor } from '../../doctor/doctor.ts';
import type { Exec } from '../../exec.ts';
import { answer } from '../../http/answer.ts';
import { isThere } from '../../llm/catalogue.ts';
import type { Asker } from '../../llm/asker.ts';
import { framesIn } from '../frames.ts';
import { Secrets } from '../redact.ts';
import type { World } from '../world.ts';
import type { Assignment } from './messages.ts';

/** What the effects go through. */
export type Line = {
  call<Answer>(effect: string, ...given: unknown[]): Promise<Answer>;
  say(effect: string, ...given: unknown[]): void;
};
type Answered = Pick<HttpResponse, 'status' | 'url' | 'notModified'> & { headers: [string, string][]; bytes: Uint8Array<ArrayBuffer> };

/** @param prevOf bodies of what the attempt that runs needs */
export function remoteWorld({ root, bundles, uuid, models: specs, keyless }: Pick<Assignment, 'root' | 'bundles' | 'uuid' | 'models' | 'keyless'>, line: Line, prevOf: () => Record<string, string>): World {
  const secrets = new ToldSecrets(line);
  const inSources = framesIn(bundles, realClock);
  const write = (level: keyof Log) => (message: string, facts?: Record<string, unknown>) => line.say('log', level, message, facts);
  const http = httpOver(line);
  const asker: Asker = {
    has: (alias) => isThere(models, alias, process.env),
    ask: (question) => line.call('ask', question),
    hear: (recording) => line.call('hear', recording),
    forget: (keys) => line.call('forget', keys),
  };
  const models = { specs: () => specs, keyless, for: () => asker };
  const exec: Exec = (...given) => line.call('exec', ...given);
  return {
    root,
    clock: realClock,
    env: process.env,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    web: { of: () => http },
    exec: () => exec,
    doctor: createDoctor({ clock: realClock }),
    models,
    meters: new WeakMap(),
    store: {
      uuid,
      versionId: () => 0,
      outputs: { ofItem: prevOf, ofStage: (job, stage) => line.call('outputs', job, stage) },
    },
    ledger: { recall: (key) => line.call('recall', key), remember: (key, value) => line.call('remember', key, value) },
    artifacts: {
      write: (name, data, media) => line.call('write', name, data, media),
      publish: (job, name, data) => line.call('publish', job, name, data),
      read: async (hash) => Buffer.from(await line.call<Uint8Array>('read', hash)),
    },
    secrets,
    clean: (text) => inSources(secrets.strike(text)),
    onProgress: (progress) => line.say('progress', progress),
    onSpend: (usd) => line.say('spend', usd),
    say: (_claim, level, message, facts) => line.say('line', level, secrets.strike(message), facts && secrets.strikeFacts(facts)),
    // They are made by the runner, who notes them.
    noteCall() {},
  };
}

/** The runner strikes them out as well. */
class ToldSecrets extends Secrets {
  private readonly line: Line;
  constructor(line: Line) {
    super();
    this.line = line;
  }
  override add(name: string, value: string): void {
    super.add(name, value);
    this.line.say('secret', name, value);
  }
}

function httpOver(line: Line): Http {
  async function request(url: string | URL, options: HttpOptions = {}): Promise<HttpResponse> {
    const { headers, bytes, ...rest } = await line.call<Answered>('http', String(url), plain(options));
    return answer({ ...rest, what: `${options.method ?? 'GET'} ${rest.url}`, headers: new Headers(headers), bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) });
  }
  return {
    request,
    get: request,
    text: async (url, options) => (await request(url, options)).text(),
    json: async (url, options) => (await request(url, options)).json(),
  };
}

/** A form is no structured clone. */
function plain({ body, headers, ...options }: HttpOptions): HttpOptions {
  if (!(body instanceof URLSearchParams)) return { ...options, ...(headers && { headers }), ...(body !== undefined && { body }) };
  return { ...options, body: String(body), headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', ...headers } };
}
