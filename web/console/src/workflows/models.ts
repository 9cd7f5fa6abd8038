/** A model as the page offers it for stages that name none. */
export interface OfferedModel {
  id: string;
  name: string;
  provider: string;
  available: boolean;
}

/** The model that is taken while nobody chose one: the offline one where the server has it, else the first that can run. */
export function usualModel<Model extends OfferedModel>(
  models: readonly Model[],
  demoModelId: string | null | undefined,
): Model | null {
  const usable = models.filter(({ available }) => available);
  return usable.find(({ id }) => id === demoModelId) ?? usable[0] ?? null;
}
