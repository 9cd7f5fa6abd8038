import type { ApolloClient } from '@apollo/client';
import { answerText } from '../exact/answer.ts';
import { RunGivenDocument } from '../given/RunGiven.generated.ts';
import { membersOf } from './inputs.ts';

/**
 * The text of `executionInputs` in the answer of the server, with its digits: read as JavaScript's values, whole numbers
 * beyond 2^53 would have been rounded.
 */
export function inputsInAnswer(answer: string): { text: string } | { fault: string } {
  let text = answer;
  for (const step of ['data', 'execution', 'executionInputs']) {
    const members = membersOf(text);
    const member = 'value' in members ? members.value.find(({ name }) => name === step) : undefined;
    if (!member) return { fault: 'There is no such run any more.' };
    text = member.source;
  }
  return { text };
}

/** What a run was started with, as the server wrote it. Throws what the client throws. */
export async function inputsOfRun(client: ApolloClient, id: string): Promise<{ text: string } | { fault: string }> {
  return inputsInAnswer(await answerText(client, RunGivenDocument, { id }));
}
