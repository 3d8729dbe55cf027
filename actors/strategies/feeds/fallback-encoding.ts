/** Text that does not say how it is encoded: taken for what it looks like, else for what its language is usually written in, as browsers do. */
import type { Decoded } from './decode.ts';
import { guessEncoding } from './guess-encoding.ts';

/** From the WHATWG Encoding Standard's list of defaults per locale, by how a language tag begins. */
const USUAL: readonly [RegExp, string][] = [
  [/^ja/, 'shift_jis'], [/^ko/, 'euc-kr'], [/^zh-(tw|hk|mo|hant)/, 'big5'], [/^zh/, 'gb18030'], [/^(ru|uk|be|bg|mk|sr)/, 'windows-1251'],
  [/^(cs|hu|sk|sl|hr|pl)/, 'windows-1250'], [/^el/, 'windows-1253'], [/^(tr|ku)/, 'windows-1254'], [/^(he|iw)/, 'windows-1255'],
  [/^(ar|fa)/, 'windows-1256'], [/^(et|lt|lv)/, 'windows-1257'], [/^th/, 'windows-874'], [/^vi/, 'windows-1258'],
];
const LANGUAGE = /<(?:\w+:)?language[^>]*>\s*([a-z]{2,3}(?:-[\w-]+)?)|\sxml:lang\s*=\s*["']([a-z]{2,3}(?:-[\w-]+)?)|"language"\s*:\s*"([a-z]{2,3}(?:-[\w-]+)?)/i;
const MOSTLY = 0.9;

/** @param why what is wrong with its labels, if it has any */
export function fallbackEncoding(bytes: Uint8Array, why: string): Required<Decoded> {
  const utf8 = new TextDecoder().decode(bytes);
  const [, ...languages] = LANGUAGE.exec(utf8.slice(0, 10_000)) ?? [];
  const language = languages.find(Boolean)?.toLowerCase();
  const usual = USUAL.find(([begins]) => language !== undefined && begins.test(language))?.[1];
  const encoding = isMostlyUtf8(utf8) ? 'utf-8' : (guessEncoding(bytes) ?? usual ?? 'windows-1252');
  return { text: new TextDecoder(encoding).decode(bytes), fault: `${why}; it was read as ${encoding}: set \`charset\` if that is wrong` };
}

/** A few broken characters among many good ones: cut off in the middle, say. */
function isMostlyUtf8(text: string): boolean {
  let broken = 0;
  let foreign = 0;
  for (const character of text) {
    if (character === '\ufffd') broken++;
    else if (character > '\u007f') foreign++;
  }
  return foreign > MOSTLY * (foreign + broken);
}
