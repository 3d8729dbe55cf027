/** A form with a file, as bytes. The boundary follows from what is sent, so that the same request is the same bytes: a cassette knows it again. */
import { hash } from 'node:crypto';

export async function multipart(form: FormData): Promise<{ type: string; bytes: Buffer<ArrayBuffer> }> {
  const parts: [head: string, body: Buffer][] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') parts.push([`name="${quoted(name)}"`, Buffer.from(value)]);
    else parts.push([`name="${quoted(name)}"; filename="${quoted(value.name)}"\r\nContent-Type: ${value.type || 'application/octet-stream'}`, Buffer.from(await value.arrayBuffer())]);
  }
  const boundary = `rivus-${hash('sha256', Buffer.concat(parts.flatMap(([head, body]) => [Buffer.from(head), body]))).slice(0, 32)}`;
  const chunks = parts.flatMap(([head, body]) => [Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), body, Buffer.from('\r\n')]);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]) };
}

const quoted = (text: string): string => text.replace(/[\r\n]/g, ' ').replaceAll('"', '%22');
