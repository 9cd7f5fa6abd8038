import { useQuery } from '@apollo/client/react';
import { getRouteApi } from '@tanstack/react-router';
import { usePolicy } from '../app/ahead.ts';
import { Button } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { Unread } from '../ui/Unread.tsx';
import { ProfileForm } from './ProfileForm.tsx';
import { SavedPrompts } from './SavedPrompts.tsx';
import { SettingsDocument } from './Settings.generated.ts';
import styles from './SettingsPage.module.css';
import { TextChoice } from './TextChoice.tsx';
import { ThemeChoice } from './ThemeChoice.tsx';

const route = getRouteApi('/settings');

export function SettingsPage() {
  const { session, settings } = route.useRouteContext();
  const { data, error, refetch } = useQuery(SettingsDocument, { fetchPolicy: usePolicy(SettingsDocument, {}) });
  const me = data?.me;
  const signOut = session.signOut;
  return (
    <Page>
      <Head
        title="Settings"
        status={me ? `Signed in as ${me.email ?? me.id}${me.isAdmin ? ', an administrator' : ''}.` : null}
      >
        <CopyAs document={SettingsDocument} />
        {signOut && <Button onClick={() => signOut()}>Sign out</Button>}
      </Head>
      <Scroll>
        {error && <Unread what="Your settings could not be read" error={error} retry={refetch} />}
        {!me && !error && <Ghost />}
        {me && (
          <div className={styles.parts}>
            <section className={styles.part}>
              <h2>You</h2>
              <ProfileForm me={me} />
            </section>
            <section className={styles.part}>
              <h2>Look</h2>
              <div className={styles.form}>
                <ThemeChoice />
                <TextChoice />
              </div>
            </section>
            <section className={styles.part}>
              <h2>Saved prompts</h2>
              <SavedPrompts prompts={me.savedPrompts} />
            </section>
            <section className={styles.part}>
              <h2>This server</h2>
              <p className="soft">
                Footlight {settings.version}. Its API: <a href="/graphiql">GraphiQL</a>,{' '}
                <a href="/schema.graphql">schema.graphql</a>, <a href="/licences.txt">licences of this page</a>.
              </p>
            </section>
          </div>
        )}
      </Scroll>
    </Page>
  );
}
