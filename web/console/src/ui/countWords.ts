/** How many words a text has: what stands between blanks. Of a long text it makes no list, for it is asked with every key. */
export function countWords(text: string): number {
  let count = 0;
  let isBetween = true;
  for (let at = 0; at < text.length; at += 1) {
    const isHere = isBlank(text.charCodeAt(at));
    if (isBetween && !isHere) count += 1;
    isBetween = isHere;
  }
  return count;
}

function isBlank(unit: number): boolean {
  if (unit < 0xa0) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0x1680) return unit === 0xa0;
  return /\s/.test(String.fromCharCode(unit));
}
