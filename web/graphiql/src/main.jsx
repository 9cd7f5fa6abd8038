// Asks the server how this page is to start, then shows it.

import 'graphiql/style.css';
import './page.css';

import { createRoot } from 'react-dom/client';
import { Page } from './page.jsx';
import { prepareTabs } from './starters.js';

const root = createRoot(document.getElementById('page'));

async function loadSettings() {
  const response = await fetch(new URL('graphiql/settings.json', document.baseURI), { cache: 'no-store' });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return response.json();
}

async function start() {
  try {
    const { token, tabs } = await loadSettings();
    root.render(<Page token={token ?? null} starters={prepareTabs(tabs ?? [])} />);
  } catch (error) {
    root.render(<Unreachable reason={error.message} />);
  }
}

function Unreachable({ reason }) {
  return (
    <main className="page-unreachable" role="alert">
      <h1>The server cannot be reached</h1>
      <p>Is Footlight still running? Its settings for this page could not be read: {reason}.</p>
      <button type="button" onClick={start}>
        Try again
      </button>
    </main>
  );
}

start();
