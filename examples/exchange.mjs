// Answers the stage "Look up the rate" of examples/exchange.json, in the place of a person: takes what the model has
// read out of the message, looks up the rate, and passes the answer with the rate in it. Node 20, no packages.
//
//     FOOTLIGHT_TOKEN=$(footlight token) node examples/exchange.mjs
//
// A run waits for it as long as it has to, also while the server or this program is started anew.

const ADDRESS = process.env.FOOTLIGHT_URL ?? 'http://127.0.0.1:8080/graphql';
const STAGE = 'Look up the rate';

/** What one euro is worth. */
const RATES = { EUR: 1, USD: 1.08, GBP: 0.85, CHF: 0.94, DKK: 7.46 };

const CHANGES = 'subscription { executionStatusChanged { seq } }';
const WAITING = `query ($after: String) {
  pendingValidations(first: 100, after: $after) {
    nodes { id stageName parsedOutput }
    pageInfo { hasNextPage endCursor }
  }
}`;
const DECIDE = `mutation ($input: RecordManualValidationInput!) {
  recordManualValidation(input: $input) { id }
}`;

for (;;) {
  try {
    const changes = await send('text/event-stream', CHANGES);
    // Whatever comes is a reason to look: a run that has changed, or the sign of life of a server where none has.
    for await (const _ of changes.body) await decideAll();
  } catch (error) {
    console.error(`${error.message}: trying again`);
  }
  await new Promise((settle) => setTimeout(settle, 1000));
}

/** Decides all that waits for this program, and nothing that waits for others. */
async function decideAll() {
  let page = { hasNextPage: true, endCursor: null };
  while (page.hasNextPage) {
    const { pendingValidations } = await ask(WAITING, { after: page.endCursor });
    for (const log of pendingValidations.nodes.filter(({ stageName }) => stageName === STAGE)) {
      const input = { logId: log.id, ...decisionOn(log.parsedOutput) };
      await ask(DECIDE, { input });
      console.log(JSON.stringify(input));
    }
    page = pendingValidations.pageInfo;
  }
}

/** Passes the model's answer with the rate in it, or sends it back with the reason: the model then reads again. */
function decisionOn({ amount, from, to }) {
  const unknown = [from, to].find((code) => !Object.hasOwn(RATES, code));
  if (unknown) return { result: 'FAIL', notes: `there is no rate for ${unknown}` };
  const rate = RATES[to] / RATES[from];
  const edited = { amount, from, to, rate: rounded(rate, 4), converted: rounded(amount * rate, 2) };
  return { result: 'PASS', editedOutput: JSON.stringify(edited) };
}

function rounded(number, digits) {
  return Number(number.toFixed(digits));
}

/** The data of a query or mutation. */
async function ask(query, variables) {
  const response = await send('application/json', query, variables);
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function send(accept, query, variables) {
  const headers = {
    Accept: accept,
    Authorization: `Bearer ${process.env.FOOTLIGHT_TOKEN}`,
    'Content-Type': 'application/json',
  };
  const response = await fetch(ADDRESS, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}
