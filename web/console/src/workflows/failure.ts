import { footlightErrors } from '@footlight/client';

/** Why something was refused or did not arrive, in the server's words where it said any. */
export function reasonOf(error: unknown): string {
  return footlightErrors(error)
    .map(({ message }) => message)
    .join('; ');
}
