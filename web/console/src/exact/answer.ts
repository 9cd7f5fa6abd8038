/** The text in which the server answers a query, with its digits: what comes by the link is read already. */
export async function answerText(query: string, variables: object, token: string | null): Promise<string> {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  }).catch((cause: unknown) => {
    throw new Error('The server cannot be reached.', { cause });
  });
  return answer.text();
}
