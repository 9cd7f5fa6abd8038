/** An id to be told from others: `01a22d96…a24b`. Its beginning alone is the time, and the same for all that began together. */
export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`;
