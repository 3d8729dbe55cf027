/** In which charset a text is written: by its byte order mark, the header, what it declares itself, or as UTF-8; in this order, as browsers do. */

const DECLARED_WITHIN = 4096;
const XML = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']\s*([\w.:-]+)/i;
const META = /<meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)/gi;
const COMMENT = /<!--[^]*?(-->|$)/g;

/** Without its byte order mark. What is no character of its charset becomes U+FFFD. */
export function decode(bytes: Uint8Array, contentType: string | null): string {
  return new TextDecoder(charsetOf(bytes, contentType)).decode(bytes);
}

export function charsetOf(bytes: Uint8Array, contentType: string | null): string {
  return byMark(bytes) ?? known(/;\s*charset\s*=\s*["']?\s*([^"';\s]+)/i.exec(contentType ?? '')?.[1]) ?? declared(bytes, contentType) ?? 'utf-8';
}

function byMark([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return a === 0xff && b === 0xfe ? 'utf-16le' : undefined;
}

function declared(bytes: Uint8Array, contentType: string | null): string | undefined {
  const type = contentType?.split(';')[0]!.trim().toLowerCase() ?? '';
  if (type !== '' && !/html|xml|^text\/plain$|^application\/octet-stream$/.test(type)) return undefined;
  const beginning = Buffer.from(bytes.subarray(0, DECLARED_WITHIN)).toString('latin1');
  if (beginning.startsWith('<\0?\0')) return 'utf-16le';
  if (beginning.startsWith('\0<\0?')) return 'utf-16be';
  if (!/^\s*</.test(beginning)) return undefined;
  const label = XML.exec(beginning)?.[1] ?? [...beginning.replace(COMMENT, '').matchAll(META)].map(([, label]) => label).find((label) => known(label));
  const charset = known(label);
  // Whoever could read the declaration has not read UTF-16.
  if (charset?.startsWith('utf-16')) return 'utf-8';
  return charset ?? (/html/.test(type) && !isUtf8(bytes) ? 'windows-1252' : undefined);
}

/** Its name as TextDecoder says it, if that knows it. */
function known(label: string | undefined): string | undefined {
  try {
    return label === undefined ? undefined : new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** A page that declares nothing is read as browsers read it, unless it can only be UTF-8. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
