/** Between here and there. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const network: readonly Rule[] = [
  {
    id: 'local-service-down', class: 'systemic', confidence: 0.9,
    when: { says: /ECONNREFUSED|connect ENOENT|connection refused|connect(?:ion)? (?:error|failed)|could not connect|cannot connect|failed to connect|actively refused/i, and: anyOf(
      /127\.0\.0\.1|localhost|0\.0\.0\.0|\[?::1\]?|host\.docker|(?:^|[^\d.])(?:10\.|192\.168\.)\d|:11434|docker daemon|\.sock\b/,
      /is the (?:server|service|daemon) running|ollama/,
    ) },
    reason: 'a service of this machine is not running: waiting does not start it', case: { message: 'connect ECONNREFUSED 127.0.0.1:5432', code: 'ECONNREFUSED' },
  },
  {
    id: 'local-client-refused', class: 'systemic', confidence: 0.7,
    when: { says: /\bECONNREFUSED\b|connection refused/i, context: /ollama|localhost|local|sidecar|postgres|redis|mysql|whisper|docker/i },
    reason: 'a service of this machine is not running: waiting does not start it', case: { message: '[Errno 111] Connection refused', code: '111', context: 'llm (ollama)' },
  },
  {
    id: 'proxy', class: 'systemic', confidence: 0.9,
    when: { says: anyOf(
      /ERR_(?:PROXY|TUNNEL|SOCKS)_|proxy (?:authentication|connection|connect|error|tunnel|server)|tunnel connection failed|ProxyError/,
      /(?:unable|cannot|failed) to connect to (?:the )?proxy|bad proxy|proxy .{0,20}(?:refused|unreachable)|SOCKS/,
    ) },
    unless: { says: /pool|residential/i },
    reason: 'the proxy that everything goes through does not work', case: 'net::ERR_PROXY_CONNECTION_FAILED at https://example.com',
  },
  {
    id: 'certificate-of-machine', class: 'systemic', confidence: 0.8,
    when: { says: anyOf(
      /local issuer certificate|UNABLE_TO_(?:VERIFY|GET_ISSUER)|SELF_SIGNED_CERT_IN_CHAIN|self[- ]signed certificate in certificate chain/,
      /first certificate|signed by unknown|unable to (?:get|find|load) (?:the )?(?:CA|issuer)|CA (?:bundle|certificates?)/,
    ) },
    reason: 'this machine does not know who signed the certificate', case: { message: 'unable to get local issuer certificate', code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' },
  },
  {
    id: 'certificate-of-page', class: 'item_specific', confidence: 0.65,
    when: { says: anyOf(
      /certificate (?:has |is |was )?(?:expired|not (?:yet )?valid|invalid|revoked|verify failed)|CERT_HAS_EXPIRED|ERR_CERT/,
      /self[- ]signed certificate|DEPTH_ZERO|altnames|CERT_ALTNAME|hostname .{0,60}(?:doesn't|does not|mismatch)|doesn't match/,
      /certificate (?:problem|name)|CERTIFICATE_VERIFY_FAILED|SSL certificate/,
    ), context: /feed|rss|page|crawl|site|scrap|article|discovery|download/i },
    reason: 'one site has a bad certificate; others answer', case: { message: 'SSL certificate problem: certificate has expired', code: '60', context: 'feed fetch (curl)' },
  },
  {
    id: 'certificate', class: 'systemic', confidence: 0.65,
    when: { says: anyOf(
      /certificate (?:has |is |was )?(?:expired|not (?:yet )?valid|invalid|revoked|verify failed)|CERT_HAS_EXPIRED|ERR_CERT/,
      /self[- ]signed certificate|DEPTH_ZERO|altnames|CERT_ALTNAME|certificate (?:problem|name)|CERTIFICATE_VERIFY_FAILED|SSL certificate/,
    ) },
    reason: 'the certificate is bad: every request gets the same answer', case: { message: 'certificate has expired', code: 'CERT_HAS_EXPIRED' },
  },
  {
    id: 'name-unknown', class: 'transient', confidence: 0.75,
    when: { says: anyOf(
      /\bENOTFOUND\b|\bEAI_|getaddrinfo|name resolution|NameResolution|name or service not known/,
      /(?:could not|couldn't|cannot|failed to|unable to) resolve|ERR_NAME_NOT_RESOLVED|nodename nor servname|no such host/,
      /no address associated|\bDNS\b|host ?name (?:lookup|could not)|unknown host/,
    ) },
    reason: 'names are not resolved at the moment', case: { message: 'getaddrinfo EAI_AGAIN feeds.example.org', code: 'EAI_AGAIN' },
  },
  {
    id: 'connection', class: 'transient', confidence: 0.85,
    when: { says: anyOf(
      /\b(?:ECONNRESET|ECONNREFUSED|ECONNABORTED|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EPROTO|EADDRNOTAVAIL|EMFILE|ENFILE|EAGAIN|ENOBUFS|UND_ERR\w*|HPE_\w+|ERR_(?:NETWORK|CONNECTION|INTERNET|TIMED_OUT|EMPTY_RESPONSE|SOCKET|HTTP2|QUIC|ABORTED|ADDRESS|STREAM)\w*)\b/,
      /connection (?:was |has been |is )?(?:\w+ )?(?:reset|closed|aborted|refused|broken|lost|dropped|terminated|timed ?out|error|failed|failure|interrupted|timeout)/,
      /(?:lost|losing|closed|reset|dropped) (?:the |its )?connection|broken pipe/,
      /socket (?:hang up|closed|error|timeout|disconnected|was not)|other side closed|premature (?:close|end)/,
      /closed (?:before|unexpectedly|without)|RemoteDisconnected|disconnected|hang ?up/,
      /network (?:error|is unreachable|failure|timeout|changed|connection)|no route to host|host (?:is )?unreachable|fetch failed/,
      /failed to fetch|IncompleteRead|incomplete (?:read|body|chunk)|bytes (?:read|missing).{0,30}(?:more expected|expected)|more expected/,
      /content (?:too short|length mismatch)|ContentTooShort|ChunkedEncoding|unexpected (?:EOF|end of (?:file|stream))|EOF occurred/,
      /UNEXPECTED_EOF|handshake|SSL(?:V3)?_|SSLError|ssl routines|stream (?:error|reset|was reset|closed|ended)|GOAWAY|max retries exceeded/,
      /server disconnected|APIConnectionError|RemoteProtocolError|ConnectionError|ProtocolError|peer (?:reset|closed)|connect error/,
      /upstream|did not (?:respond|send)|no response|request aborted|(?:was|were) aborted|AbortError|terminated$/,
    ) },
    unless: { says: /moov|\[\w+ @ 0x|password|pdf|JSON/i },
    reason: 'the connection broke: the next one may hold', case: { message: 'socket hang up', code: 'ECONNRESET' },
  },
  {
    id: 'timed-out', class: 'transient', confidence: 0.85,
    when: { says: anyOf(
      /time[- ]?d?[- ]?out\b|Timeout|timed out|deadline[_ ]exceeded|took too long|exceeded the time|DEADLINE_EXCEEDED/,
      /not (?:finish|respond|complete)\w* (?:in|within)|timeout of \d|\bno progress\b|stalled/,
    ) },
    reason: 'no answer in time', case: 'page.goto: Timeout 30000ms exceeded.',
  },
  {
    id: 'browser-died', class: 'transient', confidence: 0.85,
    when: { says: anyOf(
      /(?:target|page|context|browser|frame|session|tab)(?:[, ]+(?:or )?\w+){0,4} (?:has been |have been |was |is |got )?(?:closed|crashed|detached|destroyed|disconnected)/,
      /target closed|page crashed|session closed|execution context was destroyed|navigation (?:interrupted|failed)|frame was detached/,
      /ERR_ABORTED|chrome not reachable/,
    ) },
    reason: 'the browser went away; a new one works', case: 'Page.goto: Target page, context or browser has been closed',
  },
];
