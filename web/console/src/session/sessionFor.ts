import { developmentSession, type PastedSession, pastedSession, type Session, type Settings } from './session.ts';
import type { SupabaseSession } from './supabase.ts';

export type AnySession = Session | PastedSession | SupabaseSession;

/** The way to sign in that this server has. auth-js is loaded where it signs in alone. */
export async function sessionFor(settings: Settings): Promise<AnySession> {
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
