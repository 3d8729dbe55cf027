import { expect, test } from 'vitest';
import { decode } from '../../runtime/http/charset.ts';

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const utf8 = (text: string) => Buffer.from(text);
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

test.each<[string, Uint8Array, string | null, string]>([
  ['UTF-8 when nothing is said', utf8('né €'), null, 'né €'],
  ['the charset of the header', bytes('n', [0xe9]), 'text/plain; charset=ISO-8859-1', 'né'],
  ['the charset of the header, quoted, in any case', bytes([0x82, 0xa0]), 'text/html; Charset="Shift_JIS"', 'あ'],
  ['the header before what the page says', utf8('<meta charset="iso-8859-1">é'), 'text/html;charset=utf-8', '<meta charset="iso-8859-1">é'],
  ['the byte order mark before the header', bytes([0xef, 0xbb, 0xbf], [0xc3, 0xa9]), 'text/html; charset=iso-8859-1', 'é'],
  ['UTF-16 by its mark', bytes([0xff, 0xfe], [...utf16('é€')]), 'text/html', 'é€'],
  ['big-endian UTF-16 by its mark', bytes([0xfe, 0xff, 0x00, 0xe9]), null, 'é'],
  ['UTF-16 without a mark, from the XML declaration', utf16('<?xml version="1.0"?><a>é</a>'), 'application/xml', '<?xml version="1.0"?><a>é</a>'],
  ['<meta charset>', bytes('<html><meta charset=windows-1251>', [0xcf]), 'text/html', '<html><meta charset=windows-1251>П'],
  ['<meta http-equiv>', bytes('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', [0xf0]), 'text/html', '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">П'],
  ['not a <meta> in a comment', bytes('<!-- <meta charset=koi8-r> --><meta charset=windows-1251>', [0xcf]), 'text/html', '<!-- <meta charset=koi8-r> --><meta charset=windows-1251>П'],
  ['the XML declaration', bytes('<?xml version="1.0" encoding="iso-8859-15"?>', [0xa4]), 'application/rss+xml', '<?xml version="1.0" encoding="iso-8859-15"?>€'],
  ['a page that says UTF-16 and is read as ASCII: UTF-8', utf8('<meta charset="utf-16">é'), 'text/html', '<meta charset="utf-16">é'],
  ['a charset that nobody knows: what comes next', bytes('<meta charset=nonsense><meta charset=windows-1251>', [0xcf]), 'text/html; charset=bogus', '<meta charset=nonsense><meta charset=windows-1251>П'],
  ['a page that declares nothing and is no UTF-8, as browsers do', bytes('<p>', [0x93], 'n', [0xe9]), 'text/html', '<p>“né'],
  ['JSON as UTF-8, whatever it mentions', utf8('{"a":"<meta charset=koi8-r> é"}'), 'application/json', '{"a":"<meta charset=koi8-r> é"}'],
  ['nothing', new Uint8Array(), 'text/html', ''],
])('reads %s', (_what, body, type, text) => {
  expect(decode(body, type)).toBe(text);
});
