/** How well a few typed letters fit a text: all of them, in order; best where words begin, and side by side. */

/** `at`: places of the letters in the text. Undefined when they do not fit. The higher the score, the better. */
export type Fit = { score: number; at: number[] };

const START_OF_WORD = 8;
const BESIDE = 9;
/** For every letter that is left out before the first one, up to so many. */
const LATE = 0.2;
const LATEST = 20;

export function fit(letters: string, text: string): Fit | undefined {
  const wanted = letters.toLowerCase().replace(/\s+/g, '');
  const lower = text.toLowerCase();
  const places = [...fits(lower, wanted)];
  return places.length === 0 ? undefined : places.reduce((best, one) => (one.score > best.score ? one : best));
}

/** From each place where the first letter stands, the nearest of the others. */
function* fits(text: string, wanted: string): Generator<Fit> {
  if (wanted === '') return void (yield { score: 0, at: [] });
  for (let first = text.indexOf(wanted[0]!); first >= 0; first = text.indexOf(wanted[0]!, first + 1)) {
    const at = [first];
    for (const letter of wanted.slice(1)) {
      const next = nextPlace(text, letter, at.at(-1)! + 1);
      if (next < 0) return;
      at.push(next);
    }
    yield { score: scoreOf(text, at), at };
  }
}

/** The next letter if it is the one, else the beginning of a word, else wherever it is. */
function nextPlace(text: string, letter: string, from: number): number {
  if (text[from] === letter) return from;
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1)) if (beginsWord(text, at)) return at;
  return text.indexOf(letter, from);
}

const beginsWord = (text: string, at: number): boolean => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1]!);

function scoreOf(text: string, at: readonly number[]): number {
  const letters = at.reduce((sum, place, n) => sum + 1 + (beginsWord(text, place) ? START_OF_WORD : 0) + (n > 0 && place === at[n - 1]! + 1 ? BESIDE : 0), 0);
  return letters - Math.min(at[0]!, LATEST) * LATE - text.length * 0.01;
}
