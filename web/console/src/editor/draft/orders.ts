// Numbers for stages that come or move: only as many others change as must.

const MOST = 10_000;

/**
 * The numbers of a list into which a stage comes at `at`. `named` are numbers that texts use: where no stage has one, it
 * is given to none, for what names it would come to mean that one.
 */
export function ordersWithNew(orders: readonly number[], at: number, named: ReadonlySet<number>): number[] {
  const missing = new Set([...named].filter((order) => !orders.includes(order)));
  const own = between(orders[at - 1] ?? 0, orders[at] ?? null, orders, missing);
  if (own !== null) return orders.toSpliced(at, 0, own);
  const pushed = pushedOn(orders.slice(0, at), orders.slice(at), missing);
  return pushed.at(-1) === undefined || (pushed.at(-1) as number) > MOST ? fromOne(orders.length + 1, missing) : pushed;
}

/** The numbers of a list in which the stage at `from` has gone to `to`. */
export function ordersWithMoved(orders: readonly number[], from: number, to: number): number[] {
  const rest = orders.toSpliced(from, 1);
  const [before, after] = [rest[to - 1], rest[to]];
  // Between two that are apart only the stage that moves gets another number.
  if (before !== undefined && after !== undefined && after - before > 1) {
    return rest.toSpliced(to, 0, (before + after) >> 1);
  }
  return [...orders];
}

function between(
  before: number,
  after: number | null,
  orders: readonly number[],
  missing: ReadonlySet<number>,
): number | null {
  const step = orders.length > 0 && orders.every((order) => order % 10 === 0) ? 10 : 1;
  const end = after ?? MOST + 1;
  const wanted = after === null ? before + step : (before + after) >> 1;
  const free = (order: number) => order > before && order < end && !missing.has(order);
  for (let away = 0; away < end - before; away += 1) {
    if (free(wanted + away)) return wanted + away;
    if (free(wanted - away)) return wanted - away;
  }
  return null;
}

/** The new one right after `before`, and each that follows pushed on as far as it must. */
function pushedOn(before: readonly number[], after: readonly number[], missing: ReadonlySet<number>): number[] {
  const all = [...before];
  for (const order of [0, ...after]) {
    let now = Math.max(order, (all.at(-1) ?? 0) + 1);
    while (missing.has(now)) now += 1;
    all.push(now);
  }
  return all;
}

function fromOne(length: number, missing: ReadonlySet<number>): number[] {
  const all: number[] = [];
  for (let order = 1; all.length < length; order += 1) if (!missing.has(order)) all.push(order);
  return all;
}
