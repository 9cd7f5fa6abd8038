import type { ApolloClient } from '@apollo/client';
import type { DocumentNode } from 'graphql';
import { exactValue } from './exact.ts';

/** What a question says to its `fetch` beside what is the browser's: who hears the answer as it was sent. */
interface Heard extends RequestInit {
  hear?: (answer: Response) => void;
}

/** `fetch` for the client, whose link reads an answer as JavaScript's values: some want its text. */
export const heardFetch: typeof fetch = async (to, init?: Heard) => {
  const answer = await fetch(to, init);
  init?.hear?.(answer.clone());
  return answer;
};

/** The text in which the server answers a query, with its digits. Throws what the client throws. */
export async function answerText(client: ApolloClient, query: DocumentNode, variables: object): Promise<string> {
  let heard: Response | undefined;
  const hear = (answer: Response) => {
    heard = answer;
  };
  // Shared with the same question of somebody else, it would not be heard here.
  const context = { fetchOptions: { hear }, queryDeduplication: false };
  await client.query({ query, variables, fetchPolicy: 'no-cache', context });
  if (!heard) throw new Error('The client does not fetch by `heardFetch`.');
  return heard.text();
}

/** What the server answers a query with: its numbers have all their digits. Throws what the client throws. */
export async function exactAnswer<Data>(client: ApolloClient, query: DocumentNode, variables: object): Promise<Data> {
  const answer = exactValue(await answerText(client, query, variables));
  if ('fault' in answer) throw new Error(answer.fault);
  return (answer.value as { data: Data }).data;
}
