import { type Fields, fieldsOf } from '../../definition/shape.ts';
import { called } from './check.ts';

/** A model of the server, as far as files know it. */
export interface KnownModel {
  id: string;
  modelIdentifierForFlowise: string;
  available: boolean;
}

/** What has `modelId` with `model` in its place, what the provider calls it; the id stays where the name says two, or none. */
export function namedModel(value: unknown, models: readonly KnownModel[]): unknown {
  const model = models.find(({ id }) => id === fieldsOf(value).modelId);
  const namesakes = models.filter((one) => one.modelIdentifierForFlowise === model?.modelIdentifierForFlowise);
  if (!model || namesakes.length !== 1) return value;
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([key, own]) =>
      key === 'modelId' ? ['model', model.modelIdentifierForFlowise] : [key, own],
    ),
  );
}

/** The stage with ids in the place of names, its own and its judge's. */
export function withModelId(
  index: number,
  stage: Fields,
  models: readonly KnownModel[],
  otherwise: string | null,
): { stage: Fields } | { fault: string } {
  const own = identified(stage, models, () => otherwise ?? onlyOne(models));
  if ('fault' in own) return { fault: `${called(index, stage)}: ${own.fault}` };
  const { validationCriteria } = own.fields;
  if (!('model' in fieldsOf(validationCriteria))) return { stage: own.fields };
  const judge = identified(fieldsOf(validationCriteria), models, () => onlyOne(models));
  if ('fault' in judge) return { fault: `${called(index, stage)}: validationCriteria.${judge.fault}` };
  return { stage: { ...own.fields, validationCriteria: judge.fields } };
}

function identified(
  fields: Fields,
  models: readonly KnownModel[],
  otherwise: () => string | null,
): { fields: Fields } | { fault: string } {
  const { model, ...rest } = fields;
  if ('modelId' in rest) return model == null ? { fields: rest } : { fault: 'model stands beside modelId: keep one' };
  if (model == null) {
    const modelId = otherwise();
    return modelId === null ? { fault: `model: say which: ${listed(models)}` } : { fields: { ...rest, modelId } };
  }
  if (typeof model !== 'string') return { fault: 'model must be what its provider calls it' };
  const found = models.find((one) => one.modelIdentifierForFlowise === model);
  if (!found) return { fault: `model: the server has no model ${model}, it has ${listed(models)}` };
  // In its place, so that the file and what comes back of it have one order.
  const entries = Object.entries(fields).map(([key, own]) => (key === 'model' ? ['modelId', found.id] : [key, own]));
  return { fields: Object.fromEntries(entries) };
}

function onlyOne(models: readonly KnownModel[]): string | null {
  const available = models.filter((model) => model.available);
  return available.length === 1 ? (available[0]?.id ?? null) : null;
}

const listed = (models: readonly KnownModel[]) =>
  models
    .filter(({ available }) => available)
    .map(({ modelIdentifierForFlowise }) => modelIdentifierForFlowise)
    .join(', ') || 'none';
