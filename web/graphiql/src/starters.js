// The tabs that the server proposes. GraphiQL keeps the tabs that it had in localStorage; they give way when the
// proposals change, because these carry ids of rows, and a fresh database has others.

/** GraphiQL's own storage prefix, so that its "Clear storage" forgets this key as well. */
const SEEN = 'graphiql:starters';
const STORED_BY_GRAPHIQL = ['tabState', 'query', 'variables', 'headers', 'operationName'];

/** The proposed tabs in GraphiQL's form. */
export function prepareTabs(tabs, storage = window.localStorage) {
  const starters = tabs.map(({ query, variables, headers }) => ({
    query,
    variables: asText(variables),
    headers: asText(headers),
  }));
  // GraphiQL would keep a token that is put into a proposed tab's headers only in memory; the fingerprint does too.
  const fingerprint = JSON.stringify(starters.map(({ query, variables }) => [query, variables]));
  if (starters.length > 0 && storage.getItem(SEEN) !== fingerprint) {
    for (const name of STORED_BY_GRAPHIQL) storage.removeItem(`graphiql:${name}`);
    // GraphiQL fills its editors from these, not from the first of its default tabs.
    storage.setItem('graphiql:query', starters[0].query);
    if (starters[0].variables) storage.setItem('graphiql:variables', starters[0].variables);
    storage.setItem(SEEN, fingerprint);
  }
  return starters;
}

function asText(value) {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
