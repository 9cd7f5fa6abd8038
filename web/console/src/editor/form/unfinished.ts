import { createContext, use } from 'react';

/** What is written and cannot be taken over yet, by the form and the label of its control: it waits for who comes back. */
export interface Unfinished {
  form: string;
  texts: Map<string, string>;
}

export const UnfinishedContext = createContext<Unfinished>({ form: '', texts: new Map() });

/** The text of a control that was left before it could be taken over, and the way to keep or forget it. */
export function useUnfinished(label: string): { left: string | undefined; leave: (text: string | null) => void } {
  const { form, texts } = use(UnfinishedContext);
  const key = `${form} ${label}`;
  return {
    left: texts.get(key),
    leave(text) {
      if (text === null) texts.delete(key);
      else texts.set(key, text);
    },
  };
}
