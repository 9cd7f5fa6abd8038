/** Where something is on the scale, in which track of which row. */
export interface Placed {
  readonly place: number;
  readonly width: number;
  readonly row: number;
  readonly track: number;
  readonly tracks: number;
}

/** Narrower ones are joined with their neighbours, up to what a finger or an eye can find. */
const NARROWEST = 4;
const FOUND = 24;

/** More than any run has. */
const MOST_TRACKS = 10_000;

/** Neighbours of one track that are too narrow to be told apart, together; most are alone. What lies flat is joined sooner. */
export function groupNarrow<Thing extends Placed>(things: readonly Thing[]): [Thing, ...Thing[]][] {
  const groups: [Thing, ...Thing[]][] = [];
  const latest = new Map<number, [Thing, ...Thing[]]>();
  for (const thing of things) {
    const track = (thing.row * MOST_TRACKS + thing.tracks) * MOST_TRACKS + thing.track;
    const group = latest.get(track);
    if (group && fits(group, thing)) {
      group.push(thing);
      continue;
    }
    const own: [Thing, ...Thing[]] = [thing];
    groups.push(own);
    latest.set(track, own);
  }
  return groups;
}

/** Both are narrow, all but touch, and together they are no more than can be found. */
function fits(group: readonly [Placed, ...Placed[]], next: Placed): boolean {
  const [first, last] = [group[0], group.at(-1) as Placed];
  const narrow = next.tracks > 1 ? FOUND : NARROWEST;
  const gap = next.place - (last.place + last.width);
  const isNarrow = last.width < narrow && next.width < narrow && gap < narrow;
  return isNarrow && next.place + next.width - first.place <= FOUND;
}
