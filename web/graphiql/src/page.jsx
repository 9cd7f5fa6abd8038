// GraphiQL with what surrounds it: the field for an access token, where the server gave none, and one line of notice.

import { GraphiQL } from 'graphiql';
import { useMemo, useState } from 'react';
import { createFetcher } from './fetcher.js';
import { withoutHeaders } from './storage.js';

const storage = withoutHeaders(window.localStorage);

const NOTICES = {
  refused: {
    given: 'The access token has expired or is not accepted. Reload the page for a fresh one.',
    asked: 'The access token is missing, has expired or is not accepted. Enter a valid one above.',
  },
  unreachable: {
    given: 'The server cannot be reached. Is Footlight still running?',
    asked: 'The server cannot be reached. Is Footlight still running?',
  },
  reconnecting: {
    given: 'The live connection was lost. Trying again …',
    asked: 'The live connection was lost. Trying again …',
  },
};

/** `token` is the server's, for its own user; without one the person enters theirs, kept in memory alone. */
export function Page({ token, starters }) {
  const [entered, setEntered] = useState('');
  const [notice, setNotice] = useState(null);
  const fetcher = useMemo(() => createFetcher({ token: token ?? entered, notify: setNotice }), [token, entered]);
  const enter = (value) => {
    setNotice(null);
    setEntered(value);
  };

  return (
    <>
      {token === null && <AccessBar entered={entered} onEnter={enter} />}
      {notice && (
        <div className="page-notice" role="status">
          {NOTICES[notice][token === null ? 'asked' : 'given']}
          {notice === 'refused' && token !== null && (
            <button type="button" onClick={() => window.location.reload()}>
              Reload
            </button>
          )}
        </div>
      )}
      <GraphiQL
        fetcher={fetcher}
        storage={storage}
        defaultTabs={starters.length > 0 ? starters : undefined}
        defaultHeaders={token === null ? undefined : JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2)}
        defaultEditorToolsVisibility="variables"
        shouldPersistHeaders={false}
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>Footlight</GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

function AccessBar({ entered, onEnter }) {
  const [draft, setDraft] = useState('');
  const submit = (event) => {
    event.preventDefault();
    onEnter(draft.trim().replace(/^bearer\s+/i, ''));
    setDraft('');
  };

  if (entered !== '') {
    return (
      <div className="page-bar">
        <span>Signed in until this page is closed or reloaded.</span>
        <button type="button" onClick={() => onEnter('')}>
          Sign out
        </button>
      </div>
    );
  }
  return (
    <form className="page-bar" onSubmit={submit}>
      <label htmlFor="access-token">Access token</label>
      <input
        id="access-token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="eyJ… (not stored)"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <button type="submit" disabled={draft.trim() === ''}>
        Sign in
      </button>
    </form>
  );
}
