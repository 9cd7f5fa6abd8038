import type { WorkflowsQueryVariables } from './Workflows.generated.ts';

/** How many workflows a page of the list has. */
const PAGE = 50;

/** The same for the loader and the page, so that it is asked once. */
export const firstPage = (search: string | undefined): WorkflowsQueryVariables => ({
  first: PAGE,
  search: search ?? null,
});

/** Counting ends there. */
export const MOST_COUNTED = 1000;

/** How many there are, in words; of a search, how many it found. */
export function countWords(count: number, search: string | undefined): string {
  const many = count >= MOST_COUNTED ? '1,000 or more workflows' : count === 1 ? '1 workflow' : `${count} workflows`;
  if (search === undefined) return many;
  if (count === 0) return `No workflow has “${search}” in its name`;
  return `${many} with “${search}” in ${count === 1 ? 'its name' : 'their names'}`;
}
