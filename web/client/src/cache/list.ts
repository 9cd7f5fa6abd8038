import type { FieldPolicy, Reference } from '@apollo/client';

interface Edge {
  readonly node?: Reference;
}

interface PageInfo {
  readonly hasNextPage?: boolean;
  readonly endCursor?: string | null;
  readonly hasPreviousPage?: boolean;
  readonly startCursor?: string | null;
}

/** A connection as far as it was asked for. */
interface List {
  readonly nodes?: readonly Reference[];
  readonly edges?: readonly Edge[];
  readonly pageInfo?: PageInfo;
}

/** A list for each set of filters, with the pages that came so far. */
export const list: FieldPolicy<List> = {
  keyArgs: (args) =>
    Object.keys(args ?? {})
      .filter((name) => name !== 'first' && name !== 'after')
      .sort(),
  merge(known, page, { args }) {
    if (!known) return page;
    if (args?.after) return joined(known, page);
    const { edges, nodes, pageInfo } = page;
    const hasMore = pageInfo?.hasNextPage ?? (nodes ?? edges)?.length === args?.first;
    // Whoever asks for fewer of what is known already shortens nobody's list.
    const isHead = hasMore && begins(known.nodes, nodes) && begins(known.edges, edges);
    return { ...known, ...page, ...(isHead && kept(known, page)) };
  },
};

function joined(known: List, page: List): List {
  return {
    ...known,
    ...page,
    ...(page.nodes && { nodes: [...without(known.nodes, page.nodes), ...page.nodes] }),
    ...(page.edges && { edges: [...without(known.edges, page.edges), ...page.edges] }),
    ...(page.pageInfo && { pageInfo: { ...page.pageInfo, ...startOf(known.pageInfo) } }),
  };
}

function startOf(pageInfo: PageInfo | undefined): PageInfo {
  const { hasPreviousPage, startCursor } = pageInfo ?? {};
  return {
    ...(hasPreviousPage !== undefined && { hasPreviousPage }),
    ...(startCursor !== undefined && { startCursor }),
  };
}

/** Is the page what the list begins with? */
function begins(known: readonly Item[] | undefined, page: readonly Item[] | undefined): boolean {
  if (!page) return true;
  return (
    known !== undefined &&
    page.length <= known.length &&
    page.every((item, index) => refOf(item) === refOf(known[index]))
  );
}

function kept({ nodes, edges, pageInfo }: List, page: List): List {
  return {
    ...(nodes && { nodes }),
    ...(edges && { edges: page.edges ? [...page.edges, ...edges.slice(page.edges.length)] : edges }),
    ...(pageInfo && { pageInfo: { ...page.pageInfo, ...pageInfo } }),
  };
}

type Item = Reference | Edge;

function without<Kind extends Item>(items: readonly Kind[] = [], others: readonly Kind[]): Kind[] {
  const refs = new Set(others.map(refOf));
  return items.filter((item) => !refs.has(refOf(item)));
}

function refOf(item: Item | undefined): string | undefined {
  if (item === undefined) return undefined;
  return '__ref' in item ? item.__ref : (item as Edge).node?.__ref;
}
