// A long text is shown in pieces, for the browser lays out only those that are seen; and a text that grows keeps all of
// its pieces but the last. Put together they are the text again, unit by unit.

export interface Chunks {
  text: string;
  /** Those that will not change any more while the text only grows. */
  closed: readonly string[];
  /** What comes after them. */
  open: string;
}

export const NO_CHUNKS: Chunks = { text: '', closed: [], open: '' };

/** A piece ends with a line once it has as many units as this; */
const LEAST = 1500;
/** with a word once it has as many; */
const MUCH = 3000;
/** and anywhere between two characters beyond that. */
const MOST = 6000;

export function growChunks(before: Chunks, text: string): Chunks {
  if (text === before.text) return before;
  const grows = before.text !== '' && text.startsWith(before.text);
  const closed = grows ? [...before.closed] : [];
  let from = grows ? before.text.length - before.open.length : 0;
  for (let end = endOfChunk(text, from); end !== null; end = endOfChunk(text, from)) {
    closed.push(text.slice(from, end));
    from = end;
  }
  return { text, closed, open: text.slice(from) };
}

/** Where the piece that begins at `from` ends; null while it may still grow. */
function endOfChunk(text: string, from: number): number | null {
  if (text.length - from < LEAST) return null;
  const line = text.indexOf('\n', from + LEAST);
  if (line >= 0 && line - from < MUCH) return afterLines(text, line);
  if (text.length - from < MOST) return null;
  const word = text.lastIndexOf(' ', from + MOST - 1);
  if (word > from + MUCH) return word + 1;
  return betweenCharacters(text, from + MOST);
}

/** Empty lines belong to the line before them. They may still come at the end of what is there. */
function afterLines(text: string, line: number): number | null {
  let end = line;
  while (text[end] === '\n') end += 1;
  return end < text.length ? end : null;
}

/** At `at`, or after what belongs to the character that is cut there. */
function betweenCharacters(text: string, at: number): number {
  let end = at;
  while (belongsToBefore(text, end)) end += 1;
  return end;
}

function belongsToBefore(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit >= 0xdc00 && unit < 0xe000) return true;
  return /^[\p{M}\u200d]/u.test(text.slice(index, index + 2)) || text[index - 1] === '\u200d';
}
