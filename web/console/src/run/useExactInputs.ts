import { useApolloClient } from '@apollo/client/react';
import { useEffect, useMemo, useState } from 'react';
import { useWhenBack } from '../app/useWhenBack.ts';
import { hasWhole } from '../exact/digits.ts';
import { exactValue } from '../exact/exact.ts';
import { inputsOfRun } from '../start/earlier.ts';
import { reasonOf } from '../ui/failure.ts';

/**
 * What a run was given, with all digits of its numbers once they are read; as the link brought it until then, with why
 * digits may be missing.
 */
export function useExactInputs(id: string, brought: unknown): { inputs: unknown; missing: string | null } {
  const client = useApolloClient();
  const mayMiss = useMemo(() => hasWhole(brought), [brought]);
  const [read, setRead] = useState<{ of: string; answer: ReturnType<typeof exactValue> } | null>(null);
  const isRead = read?.of === id;
  useWhenBack(() => setRead((before) => (before && 'fault' in before.answer ? null : before)));
  useEffect(() => {
    if (!mayMiss || isRead) return;
    let isWanted = true;
    const take = async () => {
      const answer = await inputsOfRun(client, id);
      return 'text' in answer ? exactValue(answer.text) : answer;
    };
    take()
      .catch((error: unknown) => ({ fault: reasonOf(error) }))
      .then((answer) => isWanted && setRead({ of: id, answer }));
    return () => {
      isWanted = false;
    };
  }, [id, mayMiss, isRead, client]);
  if (!mayMiss) return { inputs: brought, missing: null };
  if (!isRead) return { inputs: brought, missing: 'The inputs are being read' };
  if ('fault' in read.answer) return { inputs: brought, missing: read.answer.fault };
  return { inputs: read.answer.value, missing: null };
}
