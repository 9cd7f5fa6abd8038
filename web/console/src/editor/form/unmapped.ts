import type { DraftStage } from '../draft/draft.ts';
import { spotsOf } from '../draft/spots.ts';
import { placeholders } from '../text/template.ts';
import { readMapping } from './mapping.ts';

/** What the templates of a stage use and its mapping does not name, each once: inputs by their names, and paths. */
export function unmapped(stages: readonly DraftStage[], { fields }: DraftStage): string[] {
  const keys = new Set(stages.flatMap((one) => one.fields.key ?? []));
  const mapped = new Set(readMapping(fields.inputVariableMapping)?.map(({ name }) => name));
  const hasItem = fields.forEach !== null;
  const used = spotsOf(fields).flatMap(({ field, says }) => {
    if (!('template' in says)) return [];
    const own = given(field);
    const found = placeholders(says.template, { keys, hasItem }).filter(({ isEscaped }) => !isEscaped);
    return found.map(({ name }) => name).filter((name) => !own.includes(name.split('.')[0] ?? ''));
  });
  const isItem = (name: string) => hasItem && ['item', 'index'].includes(name.split('.')[0] ?? '');
  return [...new Set(used)].filter((name) => !mapped.has(name) && !isItem(name));
}

/** What is there in this field alone. */
function given(field: string): string[] {
  if (field === 'retryPromptTemplate') return ['output', 'notes'];
  return field === 'validationCriteria.prompt' ? ['output'] : [];
}
