/** May one be the other, mistyped? Short words must be nearer than long ones, and who numbers names means the numbers. */
export function isNear(one: string, other: string): boolean {
  if (one !== other && withoutDigits(one) === withoutDigits(other)) return false;
  const most = Math.min(one.length, other.length) >= 7 ? 2 : 1;
  if (Math.min(one.length, other.length) < 4 || Math.abs(one.length - other.length) > most) return false;
  return distance(one.toLowerCase(), other.toLowerCase()) <= most;
}

const withoutDigits = (word: string): string => word.replaceAll(/\d+/g, '0');

/** How many letters are put in, taken out, changed, or swapped with the next. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const row = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const change = cell(last, to - 1) + (one[at - 1] === other[to - 1] ? 0 : 1);
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      const swap = isSwapped ? cell(before, to - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(cell(last, to) + 1, cell(row, to - 1) + 1, change, swap));
    }
    before = last;
    last = row;
  }
  return cell(last, other.length);
}

const cell = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY;
