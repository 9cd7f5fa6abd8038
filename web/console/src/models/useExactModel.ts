import { useApolloClient } from '@apollo/client/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { exactAnswer } from '../exact/answer.ts';
import { mayHaveLost, withDigits } from '../exact/digits.ts';
import { reasonOf } from '../ui/failure.ts';
import { ModelsDocument, type ModelsQuery } from './Models.generated.ts';
import type { Model } from './ModelsPage.tsx';

/**
 * A model with all digits of its settings, at once where the link can have lost none; null until they are read.
 * Without them a save would change what nobody touched: `refuse` is told why they cannot be read.
 */
export function useExactModel(model: Model, refuse: (why: string) => void): Model | null {
  const client = useApolloClient();
  const [exact, setExact] = useState(() => (mayHaveLost(model.configDefaults) ? null : model));
  const failed = useEffectEvent((error: unknown) => refuse(reasonOf(error)));
  const isRead = exact !== null;
  useEffect(() => {
    if (isRead) return;
    let isWanted = true;
    const read = async () => {
      const { models } = await exactAnswer<ModelsQuery>(client, ModelsDocument, {});
      const written = models.find(({ id }) => id === model.id);
      return { ...model, configDefaults: withDigits(model.configDefaults, written?.configDefaults) };
    };
    read().then(
      (read) => isWanted && setExact(read),
      (error) => isWanted && failed(error),
    );
    return () => {
      isWanted = false;
    };
  }, [isRead, model, client]);
  return exact;
}
