import { type RunsFilter, filterOf, validateRunsSearch } from './filter.ts';

/** A filter that the person gave a name. */
export interface KeptView {
  name: string;
  filter: RunsFilter;
}

const KEY = 'runViews';

type Preferences = Record<string, unknown>;

const isObject = (value: unknown): value is Preferences =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kept views in a person's preferences, those that are none left out. */
export function viewsIn(preferences: unknown): KeptView[] {
  const kept = isObject(preferences) ? preferences[KEY] : null;
  if (!Array.isArray(kept)) return [];
  return kept.filter(isObject).flatMap(({ name, filter }) => {
    if (typeof name !== 'string' || !isObject(filter)) return [];
    return [{ name, filter: filterOf(validateRunsSearch(filter)) }];
  });
}

/** The preferences with these views; whatever else stands there stays as it is. */
export function withViews(preferences: unknown, views: readonly KeptView[]): Preferences {
  return { ...(isObject(preferences) ? preferences : {}), [KEY]: views };
}

/** A view of the same name takes the place of the one before. */
export const kept = (views: readonly KeptView[], view: KeptView): KeptView[] => [
  ...views.filter(({ name }) => name !== view.name),
  view,
];
