/** What an empty text says. */
export const EMPTY = 'Write here; {{ proposes what there is to put in';
