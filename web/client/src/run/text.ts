// Texts that grow by pieces. Offsets count Unicode code points, JavaScript counts UTF-16 units: so the length in code
// points is kept beside a text, and only a piece is ever looked through.

export interface Text {
  readonly text: string;
  readonly codePoints: number;
}

/**
 * The text with a piece that begins at `offset`. A piece at 0 takes the place of all, for what was sent before may have
 * been withdrawn. What is known already is left out, and a piece that others before it are missing of is passed over: the
 * server sends the whole text next.
 */
export function withPiece(known: Text, offset: number, piece: string): Text {
  if (offset === 0) return { text: piece, codePoints: codePointsOf(piece) };
  if (offset > known.codePoints) return known;
  const fresh = offset === known.codePoints ? piece : piece.slice(unitsOf(piece, known.codePoints - offset));
  return fresh === '' ? known : { text: known.text + fresh, codePoints: known.codePoints + codePointsOf(fresh) };
}

export function codePointsOf(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at += 1) {
    if (isPair(text, at)) {
      count -= 1;
      at += 1;
    }
  }
  return count;
}

/** How many UTF-16 units the first `count` code points take. */
function unitsOf(text: string, count: number): number {
  let units = 0;
  for (let left = count; left > 0 && units < text.length; left -= 1) units += isPair(text, units + 1) ? 2 : 1;
  return units;
}

/** Do the unit at `at` and the one before it make one code point? */
function isPair(text: string, at: number): boolean {
  const [high, low] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
