/** An answer as one reads and edits it: JSON with its lines, unless that would change a value; all else as it is. */
export function readable(answer: string): { text: string; isJson: boolean } {
  const trimmed = answer.trim();
  if (!/^[[{]/.test(trimmed)) return { text: answer, isJson: false };
  try {
    const value: unknown = JSON.parse(trimmed);
    const isSame = squeezed(trimmed) === squeezed(JSON.stringify(value));
    return { text: isSame ? JSON.stringify(value, null, 2) : answer, isJson: true };
  } catch {
    return { text: answer, isJson: false };
  }
}

/** Long numbers lose digits when they are read, and keys that are there twice are there once. */
const squeezed = (json: string) => json.replace(/\s+/g, '');
