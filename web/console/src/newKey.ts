/** A key that nobody has had before. It works where `crypto.randomUUID` does not: over plain HTTP in one's own network. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
