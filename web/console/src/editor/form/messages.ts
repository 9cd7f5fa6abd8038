import { isObject, onlyHas } from './json.ts';

/** A turn between system message and prompt, or a path at which there is a list of turns. */
export type Turn = { role: 'user' | 'assistant'; content: string } | { from: string };

/** The turns; null: they are none, or say more than a form. */
export function readTurns(messages: unknown): Turn[] | null {
  if (messages === null || messages === undefined) return [];
  if (!Array.isArray(messages)) return null;
  return messages.every(isTurn) ? messages : null;
}

export const writeTurns = (turns: readonly Turn[]): readonly Turn[] | null => (turns.length === 0 ? null : turns);

function isTurn(value: unknown): value is Turn {
  if (!isObject(value)) return false;
  if ('from' in value) return typeof value.from === 'string' && onlyHas(value, ['from']);
  const { role, content } = value;
  return (
    (role === 'user' || role === 'assistant') && typeof content === 'string' && onlyHas(value, ['role', 'content'])
  );
}

/** The same turn with another speaker, or taken from a path; what was written stays as far as it can. */
export function asSpeaker(turn: Turn, speaker: 'user' | 'assistant' | 'from'): Turn {
  if (speaker === 'from') return { from: 'from' in turn ? turn.from : 'inputs.history' };
  return { role: speaker, content: 'content' in turn ? turn.content : '' };
}
