import { developmentSession, pastedSession, type Session, type Settings } from './session.ts';

/** The way to sign in that this server has. auth-js is loaded where it signs in alone. */
export async function sessionFor(settings: Settings): Promise<Session> {
  switch (settings.signIn) {
    case 'development':
      return developmentSession(settings.token);
    case 'token':
      return pastedSession();
    case 'supabase': {
      const { supabaseSession } = await import('./supabase.ts');
      return supabaseSession(settings.url, settings.anonKey);
    }
  }
}
