import type { Problem } from '../draft/problems.ts';

/** The problems of exactly this field. */
export const problemsOf = (problems: readonly Problem[], field: string): Problem[] =>
  problems.filter((problem) => problem.field === field);

/** Is the place the field, or a part of it? */
export const isWithin = (place: string, field: string): boolean =>
  place === field || place.startsWith(`${field}.`) || place.startsWith(`${field}[`);

/**
 * The problems of a field and its parts that no other place shows: `shown` are those with all of theirs, `faulty` those
 * whose controls say errors alone.
 */
export function problemsLeft(
  problems: readonly Problem[],
  field: string,
  { shown = [], faulty = [] }: { shown?: readonly string[]; faulty?: readonly string[] } = {},
): Problem[] {
  return problems.filter(({ field: at, severity }) => {
    if (!at || !isWithin(at, field) || shown.some((place) => isWithin(at, place))) return false;
    return severity !== 'ERROR' || !faulty.includes(at);
  });
}

/** A problem in words where one sees already which stage and field it is of. */
export function inPlace({ message, field }: Problem): string {
  const told = withoutStage(message, field);
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/** A stage's name may hold whatever ends a name: the field, where there is one, says where the sentence goes on. */
function withoutStage(message: string, field: string | null): string {
  if (!message.startsWith('stage ')) return message;
  const at = field === null ? -1 : message.indexOf(`: ${field} `);
  if (field !== null && at !== -1) return message.slice(at + field.length + 3);
  return message.replace(/^stage \d+(?: \(.*\))?:? /su, '');
}

/** Goes to the field of a problem, or to the nearest that holds it; false where none is shown. */
export function focusPlace(root: ParentNode, field: string | null): boolean {
  for (const place of field === null ? [] : placesAbove(field)) {
    const element = root.querySelector<HTMLElement>(`[data-field="${CSS.escape(place)}"]`);
    if (!element) continue;
    const details = element.closest('details');
    if (details) details.open = true;
    element.scrollIntoView({ block: 'center' });
    const control =
      element.querySelector<HTMLElement>('[aria-invalid="true"]') ??
      element.querySelector<HTMLElement>('input, textarea, select, [tabindex="0"]:not(button)') ??
      element.querySelector<HTMLElement>('button');
    control?.focus({ preventScroll: true });
    return true;
  }
  return false;
}

/** `a.b[1].c`, `a.b[1]`, `a.b`, `a`. */
export function placesAbove(field: string): string[] {
  const cuts = [...field.matchAll(/[.[]/g)].map(({ index }) => index);
  return [field, ...cuts.reverse().map((cut) => field.slice(0, cut))];
}
