// The access token: whoever signs in keeps it, and is asked for it whenever it is sent.

import { createWaits } from './waits.ts';

export interface Tokens {
  current(): Promise<string | null>;
  /**
   * Another token than this one, which the server does not believe, or null: then nobody is signed in any more. It may be
   * on its way, so it is waited for a little. Where this one `isRenewed` itself, no other would be believed.
   */
  renew(refused: string | null, isRenewed?: boolean): Promise<string | null>;
  /** Whoever waits for a renewed token looks again. */
  renewed(): void;
}

export interface TokenRequest {
  /** The token that the server does not believe, though `getToken` still gives it: another one, or null. Null: the token as it is. */
  refused: string | null;
}

interface Options {
  getToken: (request: TokenRequest) => string | null | Promise<string | null>;
  onUnauthenticated?: (() => void) | undefined;
}

/** In milliseconds, between one look for a renewed token and the next. */
const LOOKS = [0, 250, 500, 1000];

export function createTokens({ getToken, onUnauthenticated }: Options): Tokens {
  const { wait, wake } = createWaits();
  let renewal: { refused: string | null; token: Promise<string | null> } | null = null;

  const current = async (refused: string | null = null) => getToken({ refused });

  async function look(refused: string | null, isRenewed?: boolean): Promise<string | null> {
    // Where there was none nobody is about to renew it.
    for (const pause of isRenewed ? [] : refused === null ? [0] : LOOKS) {
      await wait(pause);
      let token = await current();
      if (token !== null && token === refused) token = await current(refused);
      if (token !== null && token !== refused) return token;
    }
    onUnauthenticated?.();
    return null;
  }

  return {
    current,
    async renew(refused, isRenewed) {
      // Everything that was refused at once waits for the same answer, and tells of it once.
      if (renewal?.refused !== refused) renewal = { refused, token: look(refused, isRenewed) };
      const { token } = renewal;
      try {
        return await token;
      } finally {
        if (renewal?.token === token) renewal = null;
      }
    },
    renewed: wake,
  };
}

export function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}
