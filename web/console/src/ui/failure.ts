import { footlightErrors } from '@footlight/client';
import { toast } from './toast.ts';

/** Why something was refused or did not arrive, in the server's words where it said any. */
export function reasonOf(error: unknown): string {
  return footlightErrors(error)
    .map(({ message }) => message)
    .join('; ');
}

/** For a press that brought nothing: the page stays as it is. */
export const sayWhyNot = (error: unknown): void => toast(`That did not work: ${reasonOf(error)}`);
