import { useQuery } from '@apollo/client/react';
import { useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { usualModel } from './models.ts';
import { OfferedModelsDocument, type OfferedModelsQuery } from './OfferedModels.generated.ts';

type Model = OfferedModelsQuery['models'][number];

export interface ModelChoice {
  models: readonly Model[];
  chosen: Model | null;
  choose: (id: string) => void;
  /** Before, nobody knows which models there are. */
  isKnown: boolean;
}

/** The models of the server, and the one for stages that name none. */
export function useModels(): ModelChoice {
  const { settings } = useRouteContext({ from: '__root__' });
  const { data, error } = useQuery(OfferedModelsDocument, { fetchPolicy: usePolicy(OfferedModelsDocument, {}) });
  const [id, choose] = useState<string | null>(null);
  const models = data?.models ?? [];
  const chosen = models.find((model) => model.id === id) ?? usualModel(models, settings.demoModelId);
  return { models, chosen, choose, isKnown: data !== undefined || error !== undefined };
}
