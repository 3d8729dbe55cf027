import { expect, test } from 'vitest';
import { guessEncoding } from '../../actors/strategies/feeds/guess-encoding.ts';

const TEXTS: readonly [string, readonly string[]][] = [
  ['今日の東京の天気は晴れで、気温は二十度まで上がる見込みです。', ['shift_jis', 'euc-jp']],
  ['新しいカメラが来週から全国のお店で発売されることになりました。', ['shift_jis', 'euc-jp']],
  ['오늘 서울의 날씨는 맑고 기온은 이십 도까지 오를 것으로 보입니다.', ['euc-kr']],
  ['정부는 새로운 경제 정책을 발표하고 국회에 협조를 요청했다.', ['euc-kr']],
  ['今天北京的天气晴朗，气温将上升到二十度，市民纷纷外出游玩。', ['gb18030']],
  ['科学家发现了一种新的材料，可以大大提高电池的使用寿命。', ['gb18030']],
  ['今天臺北的天氣晴朗，氣溫將上升到二十度，市民紛紛外出遊玩。', ['big5']],
  ['科學家發現了一種新的材料，可以大大提高電池的使用壽命。', ['big5']],
  ['Сегодня в Москве ясная погода, температура поднимется до двадцати градусов.', ['koi8-r', 'windows-1251']],
  ['Учёные нашли новый материал, который заметно продлит срок службы батарей.', ['koi8-r', 'windows-1251']],
];

test.each(TEXTS.flatMap(([text, encodings]) => encodings.map((encoding) => [encoding, text] as const)))('%s: %s', (encoding, text) => {
  const bytes = encoded(`<rss><channel><item><title>News, 2020</title><description>${text}</description></item></channel></rss>`, encoding);
  expect(guessEncoding(bytes)).toBe(encoding);
});

test.each(['Übung für Öfen, Äcker und Füße; ältere Schlüssel, schöne Grüße', 'Les élèves ont été très étonnés, là-bas, à la fête de Noël', 'La señora compró plátanos y piñas el año pasado', 'Þetta er íslenskur texti með ýmsum stöfum', 'plain'])(
  'western text is left to others: %s',
  (text) => {
    expect(guessEncoding(Buffer.from(text, 'latin1'))).toBeUndefined();
  },
);

/** Node decodes these but does not encode them: so the other way round, by all characters of one and two bytes. */
function encoded(text: string, encoding: string): Uint8Array {
  const table = new Map<string, number[]>();
  const decoder = new TextDecoder(encoding);
  const learn = (bytes: number[]) => {
    const character = decoder.decode(Uint8Array.from(bytes));
    if ([...character].length === 1 && character !== '\ufffd' && !table.has(character)) table.set(character, bytes);
  };
  for (let one = 0; one < 256; one++) learn([one]);
  for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) learn([lead, trail]);
  return Uint8Array.from([...text].flatMap((character) => table.get(character) ?? expect.unreachable(`${character} is not in ${encoding}`)));
}
