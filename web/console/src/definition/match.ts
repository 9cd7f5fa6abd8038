import { type Definition, type Fields, orderOf, textOf } from './shape.ts';

/** A stage on both sides, or on one of them. */
export interface Pair {
  readonly before: Fields | null;
  readonly after: Fields | null;
}

/**
 * Which stage of one definition is which of the other, in the order of `after`; what is gone stands where it was. A stage
 * keeps its id wherever it moves. Of two workflows that share none, as a copy and its original, stages of one key belong
 * together, then those of one name, then those at one place.
 */
export function matchStages(before: Definition, after: Definition): Pair[] {
  const partner = new Map<Fields, Fields>();
  const pairBy = (mark: (stage: Fields) => string | number | null) => {
    const taken = new Set(partner.values());
    const was = before.stages.filter((stage) => !taken.has(stage));
    const is = after.stages.filter((stage) => !partner.has(stage));
    const marked = uniqueBy(was, mark);
    for (const [value, stage] of uniqueBy(is, mark)) {
      const found = marked.get(value);
      if (found) partner.set(stage, found);
    }
  };
  pairBy((stage) => textOf(stage, 'id'));
  const areRelated = partner.size > 0;
  pairBy((stage) => textOf(stage, 'key'));
  if (!areRelated) {
    pairBy((stage) => textOf(stage, 'name'));
    pairBy(orderOf);
  }
  const kept = after.stages.map((stage) => ({ before: partner.get(stage) ?? null, after: stage }));
  const found = new Set(partner.values());
  const gone = before.stages.filter((stage) => !found.has(stage)).map((stage) => ({ before: stage, after: null }));
  return insertAll(kept, gone);
}

/** What has a mark that nothing else has. */
function uniqueBy<Mark>(stages: readonly Fields[], mark: (stage: Fields) => Mark | null): Map<Mark, Fields> {
  const found = new Map<Mark, Fields>();
  const twice = new Set<Mark>();
  for (const stage of stages) {
    const value = mark(stage);
    if (value === null) continue;
    if (found.has(value)) twice.add(value);
    else found.set(value, stage);
  }
  for (const value of twice) found.delete(value);
  return found;
}

/** Each pair that has only a stage of before, ahead of the first whose stage came later there. */
function insertAll(kept: readonly Pair[], gone: readonly { before: Fields; after: null }[]): Pair[] {
  const all: Pair[] = [...kept];
  for (const pair of gone) {
    const order = orderOf(pair.before);
    const at = all.findIndex((other) => other.before !== null && orderOf(other.before) > order);
    all.splice(at < 0 ? all.length : at, 0, pair);
  }
  return all;
}
