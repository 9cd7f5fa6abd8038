import { type DocumentNode, print } from 'graphql';
import { asSent } from '../ui/copyAs.ts';
import { answerText } from './answer.ts';
import { exactValue } from './exact.ts';

interface Answer<Data> {
  data?: Data | null;
  errors?: readonly { message: string }[];
}

/** What the server answers a document with: its numbers have all their digits. */
export async function exactAnswer<Data>(
  document: DocumentNode,
  variables: object,
  token: string | null,
): Promise<Answer<Data>> {
  const answer = readAnswer(await answerText(print(asSent(document)), variables, token));
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.value as Answer<Data>;
}

function readAnswer(text: string): ReturnType<typeof exactValue> {
  try {
    return exactValue(text);
  } catch {
    return { fault: 'Something else than Footlight answered: the server may be away.' };
  }
}
