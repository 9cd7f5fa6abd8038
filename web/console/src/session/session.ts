/** What the server says of how one signs in here. */
export type Settings = { version: string; examples: readonly Example[]; demoModelId?: string | null } & (
  | { signIn: 'development'; token: string }
  | { signIn: 'supabase'; url: string; anonKey: string }
  | { signIn: 'token' }
);

/** A workflow that a newcomer can begin with: a file as `footlight run --file` reads it. */
export interface Example {
  name: string;
  description: string;
  file: unknown;
}

export async function loadSettings(): Promise<Settings> {
  const answer = await fetch('/console/settings.json', { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status} to /console/settings.json`);
  return answer.json();
}

/** Who holds the access token, wherever it comes from. It is never put into a URL. */
export interface Session {
  /** What names the person in this browser: drafts are kept under it. Null: nobody is signed in. */
  userId(): string | null;
  /** `refused` is a token that the server does not believe: another one is asked for, whatever the clock here says. */
  token(refused?: string | null): string | null | Promise<string | null>;
  /** Called when the token was renewed, and when somebody signed in or out. */
  subscribe(listener: () => void): () => void;
  signOut?: () => Promise<void>;
  /** The server does not believe the token; left out, it is as if one had signed out. */
  refused?: () => void;
}

interface Claims {
  sub?: string;
  exp?: number;
}

/** What a token says of itself; the server alone believes it. */
function claims(token: string): Claims {
  try {
    const part = token.split('.')[1] ?? '';
    return JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}

const subject = (token: string | null): string | null => (token ? (claims(token).sub ?? null) : null);

export function listenersOf(): { subscribe: Session['subscribe']; tell: () => void } {
  const listeners = new Set<() => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell() {
      for (const listener of listeners) listener();
    },
  };
}

/** One person, signed in by the server itself, whose token is fetched again before it expires. */
export function developmentSession(first: string): Session {
  let token = first;
  const { subscribe, tell } = listenersOf();
  const expiresSoon = () => (claims(token).exp ?? Number.POSITIVE_INFINITY) * 1000 < Date.now() + 60_000;
  return {
    userId: () => subject(token),
    async token(refused) {
      if (token !== refused && !expiresSoon()) return token;
      const settings = await loadSettings();
      if (settings.signIn === 'development') {
        token = settings.token;
        tell();
      }
      return token;
    },
    subscribe,
  };
}

export interface PastedSession extends Session {
  kind: 'pasted';
  /** Why the last token was no good; null otherwise. */
  refusal(): string | null;
  signIn(token: string): void;
}

/** A token that somebody pasted. It lives in this page's memory alone: a reload asks for it again. */
export function pastedSession(): PastedSession {
  let token: string | null = null;
  let refusal: string | null = null;
  const { subscribe, tell } = listenersOf();
  const leave = (why: string | null) => {
    if (token !== null) refusal = why;
    token = null;
    tell();
  };
  return {
    kind: 'pasted',
    userId: () => subject(token),
    token: () => token,
    refusal: () => refusal,
    subscribe,
    signIn(pasted) {
      const { sub, exp } = claims(pasted);
      if (!sub) refusal = 'This is no access token: it is three parts with dots between them, and names a user.';
      else if (exp !== undefined && exp * 1000 < Date.now()) refusal = 'This token has expired: paste a fresh one.';
      else {
        refusal = null;
        token = pasted;
      }
      tell();
    },
    signOut: async () => leave(null),
    refused: () => leave('The server does not believe this token any more: paste a fresh one.'),
  };
}
