// A field of a form ends every line with \n, whatever stood there before.

const ENDS = /\r\n|\r|\n/g;

/** The text as a field holds it. */
export const inField = (text: string): string => (text.includes('\r') ? text.replace(ENDS, '\n') : text);

/** What a field has made of a text, with the ends of its lines where they were not touched; new lines end as its first. */
export function withLineEnds(text: string, written: string): string {
  if (!text.includes('\r')) return written;
  const [was, now] = [text.split(ENDS), written.split('\n')];
  const ends = text.match(ENDS) ?? [];
  const most = Math.min(was.length, now.length);
  let head = 0;
  while (head < most && was[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && was.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const endOf = (line: number) => {
    if (line < head) return ends[line];
    const left = now.length - line;
    return left <= tail + 1 ? ends[was.length - left] : ends[0];
  };
  return now.map((line, at) => (at === now.length - 1 ? line : line + (endOf(at) ?? ends[0] ?? '\n'))).join('');
}
