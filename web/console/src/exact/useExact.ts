import type { ErrorLike } from '@apollo/client';
import { useRouteContext } from '@tanstack/react-router';
import type { DocumentNode } from 'graphql';
import { useEffect, useMemo, useRef, useState } from 'react';
import { isLong, mayBeRounded, withDigits } from './digits.ts';
import { keepsDigits } from './exact.ts';
import { exactAnswer } from './exactAnswer.ts';

interface Answer<Data> {
  data?: Data | undefined;
  error?: ErrorLike | undefined;
}

/**
 * What a query brought, at once where the link cannot have rounded a number of it. Else it is asked for again, and read as it
 * is written: until then it is what it was before, and with other digits it is never there. A browser that keeps no digits
 * has it as it came.
 */
export function useExact<Data>(
  document: DocumentNode,
  variables: object,
  { data, error }: Answer<Data>,
): { data: Data | undefined; error: ErrorLike | undefined } {
  const { session } = useRouteContext({ from: '__root__' });
  const asked = JSON.stringify(variables);
  const rounded = useMemo(() => (keepsDigits && mayBeRounded(data) ? data : undefined), [data]);
  const [read, setRead] = useState<(Answer<Data> & { of: Data }) | null>(null);
  useEffect(() => {
    if (rounded === undefined) return;
    let isWanted = true;
    const ask = async () => {
      const { data: exact, errors } = await exactAnswer<Data>(document, JSON.parse(asked), await session.token());
      if (errors) throw new Error(errors[0]?.message);
      return withDigits(rounded, exact, isLong) as Data;
    };
    ask().then(
      (exact) => isWanted && setRead({ of: rounded, data: exact }),
      (failure: ErrorLike) => isWanted && setRead({ of: rounded, error: failure }),
    );
    return () => {
      isWanted = false;
    };
  }, [document, asked, rounded, session]);
  const isRead = rounded !== undefined && read?.of === rounded;
  const last = useRef<{ of: string; data: Data | undefined }>({ of: asked, data: undefined });
  if (last.current.of !== asked) last.current = { of: asked, data: undefined };
  if (rounded === undefined) last.current.data = data;
  else if (isRead && read.data !== undefined) last.current.data = read.data;
  return { data: last.current.data, error: (isRead ? read.error : undefined) ?? error };
}
