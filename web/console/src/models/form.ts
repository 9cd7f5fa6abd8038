import { sentValue } from '../exact/exact.ts';
import type { UpsertModelInput } from '../schema.generated.ts';

/** What is typed into the form of a model. */
export interface ModelForm {
  name: string;
  provider: string;
  identifier: string;
  contextLength: string;
  defaults: string;
}

interface Known {
  name: string;
  provider: string;
  modelIdentifierForFlowise: string;
  contextLength: number | null;
  configDefaults: unknown;
}

export const modelForm = (model: Known | null): ModelForm => ({
  name: model?.name ?? '',
  provider: model?.provider ?? '',
  identifier: model?.modelIdentifierForFlowise ?? '',
  contextLength: model?.contextLength?.toString() ?? '',
  defaults: JSON.stringify(model?.configDefaults ?? {}, null, 2),
});

/** What the form says, or why it says nothing yet. */
export function modelInput(
  form: ModelForm,
  id: string | null,
): { ok: true; value: UpsertModelInput } | { ok: false; why: string } {
  const length = form.contextLength.replaceAll(/[\s,_]/g, '');
  if (!/^\d*$/.test(length)) return { ok: false, why: 'The number of tokens is a whole number, or nothing' };
  let configDefaults: unknown;
  try {
    const read = sentValue(form.defaults.trim() || '{}');
    if ('fault' in read) return { ok: false, why: read.fault };
    configDefaults = read.value;
  } catch (error) {
    return { ok: false, why: `The settings are no JSON: ${error instanceof Error ? error.message : error}` };
  }
  const value: UpsertModelInput = {
    name: form.name.trim(),
    provider: form.provider.trim(),
    modelIdentifierForFlowise: form.identifier.trim(),
    contextLength: length ? Number(length) : null,
    configDefaults,
  };
  return { ok: true, value: id ? { ...value, id } : value };
}
