import { answerText } from '../exact/answer.ts';
import { membersOf } from './inputs.ts';

/**
 * The text of `executionInputs` in the answer of the server, with its digits: read as JavaScript's values, whole numbers
 * beyond 2^53 would have been rounded.
 */
export function inputsInAnswer(answer: string): { text: string } | { fault: string } {
  const refusal = refusalIn(answer);
  if (refusal !== null) return { fault: refusal };
  let text = answer;
  for (const step of ['data', 'execution', 'executionInputs']) {
    const members = membersOf(text);
    const member = 'value' in members ? members.value.find(({ name }) => name === step) : undefined;
    if (!member) return { fault: 'There is no such run any more.' };
    text = member.source;
  }
  return { text };
}

function refusalIn(answer: string): string | null {
  try {
    const { errors } = JSON.parse(answer);
    return errors?.[0]?.message ?? null;
  } catch {
    return 'The server did not answer as it should.';
  }
}

const QUERY = 'query RunInputs($id: ID!) { execution(id: $id) { executionInputs } }';

/** What a run was started with, as the server wrote it. */
export async function inputsOfRun(id: string, token: string | null): Promise<{ text: string } | { fault: string }> {
  return inputsInAnswer(await answerText(QUERY, { id }, token));
}
