import { useApolloClient, useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { reasonOf } from '../ui/failure.ts';
import { KeptPromptsDocument } from './KeptPrompts.generated.ts';
import { type Prompt, toInput, type Written } from './prompts.ts';
import { UpdateProfileDocument } from './UpdateProfile.generated.ts';

type Change = (now: readonly Prompt[]) => readonly Written[];

/** Changes the prompts that the person keeps. They are written as a whole, so those of this moment are read first. */
export function useChangePrompts() {
  const client = useApolloClient();
  const [update] = useMutation(UpdateProfileDocument);
  const [why, setWhy] = useState<string | null>(null);
  /** Was it done? */
  const change = async (to: Change): Promise<boolean> => {
    setWhy(null);
    try {
      const { data } = await client.query({ query: KeptPromptsDocument, fetchPolicy: 'network-only' });
      const savedPrompts = toInput(to(data?.me.savedPrompts ?? []));
      await update({ variables: { input: { savedPrompts } } });
      return true;
    } catch (error) {
      setWhy(reasonOf(error));
      return false;
    }
  };
  return { change, why, forget: () => setWhy(null) };
}
