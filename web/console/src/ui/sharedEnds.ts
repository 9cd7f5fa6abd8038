/** What two texts begin and end with alike, in units, without a word that is only partly the same. */
export function sharedEnds(before: string, after: string): { head: number; tail: number } {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before.charCodeAt(head) === after.charCodeAt(head)) head += 1;
  head = cutBack(head, (at) => isInWord(before, at) || isInWord(after, at));
  const [beforeEnd, afterEnd] = [before.length - 1, after.length - 1];
  let tail = 0;
  while (tail < most - head && before.charCodeAt(beforeEnd - tail) === after.charCodeAt(afterEnd - tail)) tail += 1;
  tail = cutBack(tail, (at) => isInWord(before, before.length - at) || isInWord(after, after.length - at));
  return { head, tail };
}

/** What is longer has no words in it. */
const LONGEST_WORD = 2000;

function cutBack(length: number, isCut: (length: number) => boolean): number {
  let left = length;
  while (left > 0 && isCut(left)) {
    left -= 1;
    if (length - left > LONGEST_WORD) return 0;
  }
  return left;
}

/** Halves of a character belong together, too. */
const JOINS = /[\p{L}\p{N}\p{M}\p{Cf}\p{Cs}_]/u;

function isInWord(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  const [left, right] = [text[at - 1] as string, text[at] as string];
  return (JOINS.test(left) && JOINS.test(right)) || (left === '\r' && right === '\n');
}
