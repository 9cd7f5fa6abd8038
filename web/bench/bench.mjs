// How quick the console is, in Chromium, against the built binary. Prints a table; nothing is asserted, for a busy machine
// is slow: the gate counts instead (nodes, requests, commits a frame).
//
//   cd web && npm ci && (cd console && npx vite build) && (cd .. && cargo build --release)
//   FOOTLIGHT_BIN=../target/release/footlight node bench/bench.mjs
//
// What it measures, each on a server and a page of its own:
//   open    from the press of a link to the last bar of a run with EVENTS (10,000) events
//   list    RUNS (10,000) runs scrolled from the first to the last: frames that came late, or without a row
//   words   20 deltas a second for SECONDS (60): commits in one frame, tasks over 50 ms, work a second; then an idle tab
//   long    from the press of "Open" to the paint of an answer of 1 MiB
//
// A commit is one of React, as it tells its developer tools: one that a layout effect asks for within another counts, and so
// does one that changes nothing. A frame is what lies between two callbacks of requestAnimationFrame.
//
// ONLY=open,long measures these alone. CONSOLE_DIST is the built page, FOOTLIGHT_BIN the server, CHROMIUM the browser.

import { runnerImport } from 'vite';

const { module } = await runnerImport(new URL('measure.ts', import.meta.url).pathname, { logLevel: 'error' });
const only = process.env.ONLY?.split(',') ?? Object.keys(module.measures);
for (const name of only) {
  console.log(`\n${name}`);
  console.table(await module.measures[name]());
}
