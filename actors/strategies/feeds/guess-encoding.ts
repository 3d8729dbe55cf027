/**
 * What a text is encoded in that does not say so, by what is common in its script: kana in Japanese, Hangul in Korean, the most used half of the
 * characters (which the Chinese sets put first), words of one case in Cyrillic. It needs a dozen words.
 */

type Witness = { encoding: string; fits(bytes: Uint8Array, text: string): boolean };

/** The first that fits: later ones would take the text of earlier ones for theirs. */
const WITNESSES: readonly Witness[] = [
  { encoding: 'shift_jis', fits: (_, text) => share(text, KANA) > 0.3 && share(text, HALF_KANA) < 0.1 },
  { encoding: 'euc-jp', fits: (_, text) => share(text, KANA) > 0.3 && share(text, HALF_KANA) < 0.1 },
  { encoding: 'euc-kr', fits: (_, text) => share(text, HANGUL) > 0.9 },
  { encoding: 'big5', fits: (bytes) => pairs(bytes, 0xa4, 0xc6, 0x40) > 0.85 && pairs(bytes, 0xb0, 0xd7, 0xa1) < 0.7 },
  { encoding: 'gb18030', fits: (bytes) => pairs(bytes, 0xb0, 0xd7, 0xa1) > 0.7 },
  { encoding: 'koi8-r', fits: (_, text) => share(text, CYRILLIC) > 0.9 && share(text, SMALL_CYRILLIC) > 0.6 && isInWords(text) },
  { encoding: 'windows-1251', fits: (_, text) => share(text, CYRILLIC) > 0.9 && share(text, SMALL_CYRILLIC) > 0.6 && isInWords(text) },
];

const KANA = /[\u3041-\u30ff]/g;
const HALF_KANA = /[\uff61-\uff9f]/g;
const HANGUL = /[\uac00-\ud7a3]/g;
const CYRILLIC = /[\u0400-\u045f]/g;
const SMALL_CYRILLIC = /[\u0430-\u045f]/g;
const FOREIGN = /[^\u0000-\u007f\u3000-\u303f\uff00-\uff20]/g;
const READ_BYTES = 100_000;

/** Undefined when nothing speaks for one of them: then it is a western text, or a short one. */
export function guessEncoding(bytes: Uint8Array): string | undefined {
  const some = bytes.subarray(0, READ_BYTES);
  return WITNESSES.find(({ encoding, fits }) => {
    const text = new TextDecoder(encoding).decode(some);
    return !isBroken(text) && fits(some, text);
  })?.encoding;
}

/** One at the end is where the part that is looked at ends. */
function isBroken(text: string): boolean {
  return text.slice(0, -1).includes('\ufffd');
}

/** Of the characters that are neither ASCII nor punctuation. */
function share(text: string, common: RegExp): number {
  const foreign = text.match(FOREIGN)?.length ?? 0;
  return foreign === 0 ? 0 : (text.match(common)?.length ?? 0) / foreign;
}

/** Accents stand alone among the letters of western words. */
function isInWords(text: string): boolean {
  const inWords = text.match(/[\u0400-\u045f]{3,}/g)?.join('').length ?? 0;
  return inWords > 0.6 * (text.match(CYRILLIC)?.length ?? 0);
}

/** Of the characters of two bytes, those that begin within `first` to `last` and go on with `second` or more. */
function pairs(bytes: Uint8Array, first: number, last: number, second: number): number {
  let [all, common] = [0, 0];
  for (let at = 0; at < bytes.length - 1; at++) {
    const [lead, trail] = [bytes[at]!, bytes[at + 1]!];
    if (lead < 0x81) continue;
    // Punctuation: it says nothing.
    if (lead !== 0xa1 && lead !== 0xa3) {
      all++;
      if (lead >= first && lead <= last && trail >= second) common++;
    }
    at++;
  }
  return all === 0 ? 0 : common / all;
}
