/** What stages (`ctx.http`) and strategies (`source.http`) may ask of the web. Types only; `runtime/http/` is behind them. */

export type HttpOptions = {
  /** `GET` unless there is a `body`. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer> | URLSearchParams;
  /** For all of it, redirects and body included, the wait for the host's turn not: ms or `30s`, which is also the default. */
  timeout?: number | string;
  /** Of the body, as it comes and after decompression; 10 MB by default. */
  maxBytes?: number;
  /**
   * A GET is kept with its ETag and Last-Modified, and the next one asks whether it has changed; what is still current is answered
   * from here, with `notModified`. `false` neither reads nor keeps.
   */
  cache?: boolean;
  /** Keeps to the host's robots.txt; as `http.robots` in jobs.yaml says when left out. Throws `RobotsRefused`. */
  robots?: boolean;
  /**
   * The address is the operator's own (a setting, not something that was found), so its host may be a private one. Where it
   * redirects to another host, the usual rules hold.
   */
  trusted?: boolean;
};

export type HttpResponse = {
  status: number;
  /** Where the redirects ended. */
  url: string;
  headers: Headers;
  /** Decompressed. */
  bytes: Buffer<ArrayBuffer>;
  /** The server said that the body is the one we got last time: `status` is 200 and `bytes` are those that were kept. */
  notModified: boolean;
  /** The body as text: by its byte order mark, else the charset of the header, else (for HTML and XML) what the body declares, else UTF-8. */
  text(): string;
  /** The body as JSON. Throws `UnreadableResponse`. */
  json<Value = any>(): Value;
};

/**
 * Only addresses of the public internet, and what `http.allow_hosts` in jobs.yaml allows: anything else is `AddressRefused`. A few
 * requests at once to each host, with a gap between them; a host that says when to come back is left alone until then.
 *
 * All reject with `HttpError` for a status other than 2xx (and 304, for who sent a condition), `NetworkError` when there is no
 * answer, `HttpTimeout`, `ResponseTooLarge`, `BadRequest` (what was asked is no http address), and with the reason of the signal
 * when that aborts. These are told apart by `name`.
 */
export interface Http {
  request(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  get(url: string | URL, options?: HttpOptions): Promise<HttpResponse>;
  text(url: string | URL, options?: HttpOptions): Promise<string>;
  json<Value = any>(url: string | URL, options?: HttpOptions): Promise<Value>;
}
