export interface ProviderGroup<Model> {
  provider: string;
  isAvailable: boolean;
  models: Model[];
}

/** Models by their provider: first those that can be called. */
export function groupsOf<Model extends { provider: string; available: boolean }>(
  models: readonly Model[],
): ProviderGroup<Model>[] {
  const groups = new Map<string, ProviderGroup<Model>>();
  for (const model of models) {
    const { provider, available } = model;
    const group = groups.get(provider) ?? { provider, isAvailable: available, models: [] };
    group.models.push(model);
    groups.set(provider, group);
  }
  return [...groups.values()].sort(
    (one, other) => Number(other.isAvailable) - Number(one.isAvailable) || one.provider.localeCompare(other.provider),
  );
}

/** Those that the server knows by name, and that need a key. */
const BY_KEY = new Set(['openai', 'anthropic', 'gemini', 'mistral', 'groq', 'openrouter']);

/** The setting that configures a provider; `isOwn`: it has to be named among `PROVIDERS`, too. */
export function settingOf(provider: string): { name: string; isOwn: boolean } {
  const prefix = provider.toUpperCase();
  if (provider === 'demo') return { name: 'DEMO_PROVIDER=on', isOwn: false };
  if (provider === 'ollama') return { name: 'OLLAMA_BASE_URL', isOwn: false };
  return BY_KEY.has(provider)
    ? { name: `${prefix}_API_KEY`, isOwn: false }
    : { name: `${prefix}_BASE_URL`, isOwn: true };
}
