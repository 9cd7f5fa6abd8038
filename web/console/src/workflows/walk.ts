/** Puts focus on the name of the next entry of a list, or of the one before. */
export function walk(list: HTMLElement | null, by: 1 | -1): void {
  const names = [...(list?.querySelectorAll<HTMLElement>('h2 a') ?? [])];
  const row = document.activeElement?.closest('li');
  const at = names.findIndex((name) => row?.contains(name));
  names[at < 0 ? 0 : Math.min(names.length - 1, Math.max(0, at + by))]?.focus();
}
