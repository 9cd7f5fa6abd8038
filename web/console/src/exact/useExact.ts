import type { ErrorLike } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import type { DocumentNode } from 'graphql';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useWhenBack } from '../app/useWhenBack.ts';
import { exactAnswer } from './answer.ts';
import { isLong, mayBeRounded, withDigits } from './digits.ts';
import { keepsDigits } from './exact.ts';

interface Answer<Data> {
  data?: Data | undefined;
  error?: ErrorLike | undefined;
}

interface Brought<Data> extends Answer<Data> {
  refetch?: () => Promise<unknown>;
}

/** What was read last with its digits. */
interface Read<Data> {
  /** The variables that it was asked with. */
  asked: string;
  /** What the link had brought when it was asked for; undefined: it is to be asked for again. */
  of: Data | undefined;
  exact: Data | undefined;
  error: ErrorLike | undefined;
}

/** In milliseconds: where no long number is another one, its digits are read again once nothing moves for so long. */
export const RESTED = 3000;

const CHANGED = new Error('It changed while its numbers were read.');

/**
 * What a query brought, at once where the link cannot have rounded a number of it. Else it is asked for again, and read as it
 * is written: until then it is what it was before, and with rounded numbers it is never there. Digits that were read are
 * those of what comes later, too, while its numbers are rounded to the same. A browser that keeps no digits has it as it
 * came.
 */
export function useExact<Data>(
  document: DocumentNode,
  variables: object,
  { data, error, refetch }: Brought<Data>,
): { data: Data | undefined; error: ErrorLike | undefined; retry: () => Promise<unknown> } {
  const asked = JSON.stringify(variables);
  const rounded = useMemo(() => (keepsDigits && mayBeRounded(data) ? data : undefined), [data]);
  const { read, ask, forget } = useReading<Data>(document, asked);
  const exact = read?.exact;
  const whole = useMemo(() => {
    const filled = rounded === undefined ? data : (withDigits(rounded, exact, isLong) as Data);
    return rounded !== undefined && mayBeRounded(filled) ? undefined : filled;
  }, [data, rounded, exact]);
  const isWhole = whole !== undefined;
  useEffect(() => {
    if (rounded === undefined || read?.of === rounded) return;
    if (!isWhole) return ask(rounded);
    const timer = setTimeout(() => ask(rounded), RESTED);
    return () => clearTimeout(timer);
  }, [rounded, read, isWhole, ask]);
  const last = useRef<{ of: string; data: Data | undefined }>({ of: asked, data: undefined });
  if (last.current.of !== asked) last.current = { of: asked, data: undefined };
  if (rounded === undefined || isWhole) last.current.data = whole;
  const isLeft = rounded !== undefined && !isWhole && read?.of === rounded;
  const retry = async () => {
    forget();
    await refetch?.();
  };
  return { data: last.current.data, error: (isLeft ? (read.error ?? CHANGED) : undefined) ?? error, retry };
}

/** Asks one question at a time: what is under way is heard to its end, unless it is about something else by then. */
function useReading<Data>(document: DocumentNode, asked: string) {
  const client = useApolloClient();
  const [read, setRead] = useState<Read<Data> | null>(null);
  const underWay = useRef<{ asked: string } | null>(null);
  const ask = useCallback(
    (of: Data) => {
      if (underWay.current?.asked === asked) return;
      const mine = { asked };
      underWay.current = mine;
      const take = (brought: (before: Data | undefined) => Answer<Data>) => {
        if (underWay.current !== mine) return;
        underWay.current = null;
        setRead((before) => {
          const { data: exact, error } = brought(before?.asked === asked ? before.exact : undefined);
          return { asked, of, exact, error };
        });
      };
      exactAnswer<Data>(client, document, JSON.parse(asked)).then(
        (data) => take(() => ({ data })),
        (error: ErrorLike) => take((data) => ({ data, error })),
      );
    },
    [client, document, asked],
  );
  const forget = () => setRead((before) => before && { ...before, of: undefined });
  useWhenBack(() => setRead((before) => (before?.error ? { ...before, of: undefined } : before)));
  return { read: read?.asked === asked ? read : null, ask, forget };
}
