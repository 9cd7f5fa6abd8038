/** Which places of a row of different numbers have to move so that it rises: as few as can be. */
export function movedAmong(numbers: readonly number[]): Set<number> {
  // The longest rising part, by its length up to each place.
  const lengths: number[] = [];
  const before: number[] = [];
  numbers.forEach((number, place) => {
    let best = -1;
    for (let other = 0; other < place; other += 1) {
      const rises = (numbers[other] as number) < number;
      if (rises && (best < 0 || (lengths[other] as number) > (lengths[best] as number))) best = other;
    }
    before.push(best);
    lengths.push(best < 0 ? 1 : (lengths[best] as number) + 1);
  });
  const moved = new Set(numbers.keys());
  let place = lengths.indexOf(Math.max(...lengths, 0));
  for (; place >= 0; place = before[place] as number) moved.delete(place);
  return moved;
}
