// Everything that the API can say about a workflow and its stages is said by the page, as a person says it: by controls that have a
// name. What there is to say is asked from the API, so that nothing new is left out. It comes back the same.

import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

/** What was said by one control, and where it stands: the same is shown by it later. */
interface Said {
  /** From 1; 0: of the workflow. */
  stage: number;
  part: string | undefined;
  role: 'textbox' | 'radio' | null;
  label: string;
  nth: number;
  /** A text that is JSON may be laid out in another way. */
  as: 'text' | 'json';
  shows: string | boolean;
}
type Place = Partial<Pick<Said, 'part' | 'nth' | 'as'>>;

const formOf = (page: Page, stage: number): Locator =>
  stage === 0 ? page.getByRole('main') : page.getByRole('region', { name: `Stage ${stage}`, exact: true });
const partOf = (form: Locator, part: string | undefined): Locator =>
  part === undefined ? form : form.getByRole('region', { name: part, exact: true });

function controlOf(page: Page, { stage, part, role, label, nth }: Said): Locator {
  const within = partOf(formOf(page, stage), part);
  const named = role ? within.getByRole(role, { name: label, exact: true }) : within.getByLabel(label, { exact: true });
  return named.nth(nth);
}

/** What a control shows to whoever looks at it. */
const shownBy = (control: Locator): Promise<string | boolean> =>
  control.evaluate((element) => {
    if (element instanceof HTMLSelectElement) return element.selectedOptions[0]?.textContent ?? '';
    if (element instanceof HTMLInputElement && element.type === 'checkbox') return element.checked;
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element.value;
    if (element.getAttribute('role') === 'radio') return element.getAttribute('aria-checked') === 'true';
    return [...element.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n');
  });

/** Somebody who writes in the form that is open, and keeps in mind what was said. */
function writerOf(page: Page) {
  const said: Said[] = [];
  let stage = 0;
  const keep = (label: string, role: Said['role'], shows: string | boolean, place: Place): Locator => {
    const one: Said = { stage, part: undefined, nth: 0, as: 'text', ...place, role, label, shows };
    said.push(one);
    return controlOf(page, one);
  };
  return {
    said,
    async addStage(name: string) {
      stage += 1;
      await page.getByRole('button', { name: 'Add a stage', exact: true }).click();
      await formOf(page, stage).waitFor();
      await this.write('Name', name);
    },
    async openWorkflow() {
      stage = 0;
      await page.getByRole('navigation', { name: 'Stages' }).getByRole('link', { name: 'The workflow itself' }).click();
    },
    async openStage(order: number) {
      stage = order;
      await openStage(page, order);
    },
    form: () => formOf(page, stage),
    /** Into a field of one kind or another. */
    write: (label: string, text: string, place: Place = {}) => keep(label, null, text, place).fill(text),
    /** Into a text with placeholders. */
    template: (label: string, text: string, place: Place = {}) => keep(label, 'textbox', text, place).fill(text),
    choose: (label: string, option: string, place: Place = {}) =>
      keep(label, null, option, place).selectOption({ label: option }),
    tick: (label: string, place: Place = {}) => keep(label, null, true, place).check(),
    judge: (by: string) => keep(by, 'radio', true, { part: 'Judged by' }).click(),
    press: (name: string, part?: string) =>
      partOf(formOf(page, stage), part).getByRole('button', { name, exact: true }).first().click(),
    /** What another control shows in the end. */
    expect: (label: string, shows: string, place: Place = {}) => keep(label, null, shows, place),
    openMore: () => openMore(formOf(page, stage)),
  };
}
type Writer = ReturnType<typeof writerOf>;

async function openStage(page: Page, order: number): Promise<void> {
  const stages = page.getByRole('navigation', { name: 'Stages' }).getByRole('list').getByRole('link');
  await stages.nth(order - 1).click();
  await formOf(page, order).waitFor();
}

const more = (form: Locator) => form.getByRole('group').filter({ hasText: 'Key and more settings' });

async function openMore(form: Locator): Promise<void> {
  const isOpen = await more(form).evaluate((details) => (details as HTMLDetailsElement).open);
  if (!isOpen) await form.getByText('Key and more settings').click();
}

interface Setting {
  say: (writer: Writer) => Promise<unknown>;
  is: unknown;
  /** Says that there is none, whatever the model has. */
  sayNone: (writer: Writer) => Promise<unknown>;
}

const number = (label: string, is: number): Setting => ({
  say: ({ write }) => write(label, String(is)),
  is,
  sayNone: ({ write }) => write(label, 'none'),
});
const choice = (label: string, option: string, is: unknown): Setting => ({
  say: ({ choose }) => choose(label, option),
  is,
  sayNone: ({ choose }) => choose(label, 'none, whatever the model has'),
});

/** By their names in the API. */
const SETTINGS: Record<string, Setting> = {
  temperature: number('Temperature', 0.2),
  maxTokens: number('Most tokens', 1000),
  topP: number('Top p', 0.9),
  topK: number('Top k', 40),
  presencePenalty: number('Presence penalty', -0.5),
  frequencyPenalty: number('Frequency penalty', 1.5),
  seed: number('Seed', -7),
  systemRole: choice('Takes system messages', 'no', false),
  stream: choice('Answers word by word', 'yes', true),
  responseFormat: choice('Form of the answer', 'json_object', 'json_object'),
  reasoningEffort: {
    say: ({ write }) => write('Thinks', 'high'),
    is: 'high',
    sayNone: ({ press }) => press('Take none'),
  },
  stop: {
    async say({ press, write }) {
      await press('Add a text');
      await write('Stops at, 1', '\\n\\n');
      await press('Add a text');
      await write('Stops at, 2', 'END');
    },
    is: ['\n\n', 'END'],
    sayNone: ({ press }) => press('Take none'),
  },
};

/** What the functions take, by their names; a form of its own for each. */
const FUNCTIONS: Record<string, { say: (writer: Writer) => Promise<unknown>; args: Record<string, unknown> }[]> = {
  non_empty: [{ say: async () => {}, args: {} }],
  is_json: [{ say: async () => {}, args: {} }],
  min_length: [{ say: ({ write }) => write('Characters', '3'), args: { length: 3 } }],
  max_length: [{ say: ({ write }) => write('Characters', '800'), args: { length: 800 } }],
  contains: [{ say: ({ write }) => write('Text', 'Dear "you"'), args: { text: 'Dear "you"' } }],
  not_contains: [{ say: ({ write }) => write('Text', 'שלום'), args: { text: 'שלום' } }],
  starts_with: [{ say: ({ write }) => write('Text', 'Dear'), args: { text: 'Dear' } }],
  ends_with: [{ say: ({ write }) => write('Text', '.'), args: { text: '.' } }],
  equals: [
    { say: ({ write }) => write('Value', 'yes'), args: { value: 'yes' } },
    {
      async say({ form, write }) {
        // Of the value alone, not of all of the part.
        await partOf(form(), 'Judged by').getByRole('button', { name: 'as JSON', exact: true }).last().click();
        await write('Value', '{"a": [1, null]}', { as: 'json' });
      },
      args: { value: { a: [1, null] } },
    },
  ],
  one_of: [
    {
      async say({ press, write }) {
        await press('Add a text', 'Judged by');
        await write('Values, 1', 'yes');
        await press('Add a text', 'Judged by');
        await write('Values, 2', 'no');
      },
      args: { values: ['yes', 'no'] },
    },
  ],
  number_range: [
    {
      async say({ write }) {
        await write('At least', '0');
        await write('At most', '9.5');
      },
      args: { min: 0, max: 9.5 },
    },
  ],
  json_schema: [
    {
      say: ({ write }) => write('JSON Schema', '{"type": "object", "required": ["kind"]}', { as: 'json' }),
      args: { schema: { type: 'object', required: ['kind'] } },
    },
  ],
};

const MAPPING = 'Where the placeholders come from';
const GOES = 'Where it goes';
const OUTPUTS = 'Outputs';

interface Stage {
  say: (writer: Writer) => Promise<unknown>;
  /** What differs from a stage of which nothing is said. */
  is: Record<string, unknown>;
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** The texts, the settings, the kinds of output. */
const FULL: Stage = {
  async say(writer) {
    const { write, template, choose, press } = writer;
    await choose('Answered by', 'editor-model, openai');
    await write('Retries', '2');
    await write('Gives up after', '30 s');
    await writer.openMore();
    await write('Key', 'sorted');
    for (const { say } of Object.values(SETTINGS)) await say(writer);
    await press('Write one', 'System message');
    await template('System message', 'You sort letters for {{inputs.office}}.\n\nBe kind.');
    for (const turn of ['A bill came.', '{"kind": "bill"}']) {
      await press('Add a turn');
      await template(turn.startsWith('A') ? 'Turn 1' : 'Turn 2', turn);
    }
    await press('Add a turn');
    await choose('Who speaks in turn 3', 'turns from a path');
    await write('Path of turn 3', 'inputs.earlier');
    await template('Prompt', 'What is this? \\{{letter}} {{letter}} 🎭');
    await press('Write another, with {{output}} and {{notes}} of the failure');
    await template('Prompt of a retry', 'Not {{output}}: {{notes}}. {{letter}}');
    for (const [nth, type] of TYPES.entries()) {
      await press(nth === 0 ? 'Ask for a JSON object' : 'Add a key');
      await write('Key', `as_${type}`, { part: OUTPUTS, nth });
      await choose(`Kind of as_${type}`, type);
    }
    await press('Add a key');
    await write('Key', 'certainty', { part: OUTPUTS, nth: TYPES.length });
    await choose('Kind of certainty', 'by a JSON Schema');
    await write('The JSON Schema of certainty', '{"type": "number", "maximum": 1}', { as: 'json' });
  },
  is: {
    retryLimit: 2,
    timeoutSeconds: 30,
    key: 'sorted',
    flowiseConfig: Object.fromEntries(Object.entries(SETTINGS).map(([name, { is }]) => [name, is])),
    systemTemplate: 'You sort letters for {{inputs.office}}.\n\nBe kind.',
    messages: [
      { role: 'user', content: 'A bill came.' },
      { role: 'assistant', content: '{"kind": "bill"}' },
      { from: 'inputs.earlier' },
    ],
    promptTemplate: 'What is this? \\{{letter}} {{letter}} 🎭',
    retryPromptTemplate: 'Not {{output}}: {{notes}}. {{letter}}',
    outputVariables: {
      ...Object.fromEntries(TYPES.map((type) => [`as_${type}`, type])),
      certainty: { type: 'number', maximum: 1 },
    },
  },
};

/** No setting of the model's holds; a list; every form of a mapping. */
const EACH: Stage = {
  async say(writer) {
    const { write, choose, press } = writer;
    await choose('Answered by', 'told-model, openai');
    await writer.openMore();
    for (const { sayNone } of Object.values(SETTINGS)) await sayNone(writer);
    await press('Run it for each item of a list');
    await write('The list at', 'inputs.bills');
    await write('At once, 1 to 8', '3');
    await choose('An item without attempts left', 'is passed over: null in its place');
    const part = MAPPING;
    const named = async (nth: number, name: string, paths: readonly string[]) => {
      await press('Add a name');
      await write('Name', name, { part, nth });
      for (let more = 1; more < paths.length; more += 1) await press(`or another path for ${name}`);
      for (const [place, path] of paths.entries()) {
        await write(paths.length > 1 ? `Path ${place + 1} of ${name}` : `Path of ${name}`, path);
      }
    };
    await named(0, 'letter', ['inputs.letter']);
    await named(1, 'first', ['stage_1.raw', 'stage_1.failed.raw', 'inputs.letter']);
    await choose('Which path of first', 'the first that has a value');
    await named(2, 'latest', ['stage_2.raw', 'stage_1.raw']);
    await choose('Which path of latest', 'the one whose stage ended last');
    await press('A default for latest');
    await write('Where there is none, latest is this text', 'nothing yet');
    await named(3, 'country', ['inputs.country']);
    await press('A default for country');
    await write('Where there is none, country is this text', '');
    await named(4, 'list', ['inputs.list']);
    await press('A default for list');
    await press('The default of list as JSON');
    await write('Where there is none, list is this JSON', '[{"n": 1}, null]', { as: 'json' });
  },
  is: {
    model: { name: 'told-model' },
    flowiseConfig: Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null])),
    forEach: { in: 'inputs.bills', concurrency: 3, onItemFail: 'skip' },
    inputVariableMapping: {
      letter: 'inputs.letter',
      first: ['stage_1.raw', 'stage_1.failed.raw', 'inputs.letter'],
      latest: { latest: ['stage_2.raw', 'stage_1.raw'], default: 'nothing yet' },
      country: { from: 'inputs.country', default: '' },
      list: { from: 'inputs.list', default: [{ n: 1 }, null] },
    },
  },
};

/** What forms have no words for is said as JSON, and shown as far as the form can. */
const ODD: Stage = {
  async say(writer) {
    const { write, press, choose, form, said } = writer;
    await choose('Answered by', 'editor-model, openai');
    await writer.openMore();
    await choose('Form of the answer', 'another, as JSON');
    said.pop();
    await write('Form of the answer, as JSON', '{"type": "grammar", "rule": "x"}', { as: 'json' });
    said.pop();
    await more(form()).getByRole('button', { name: 'as JSON', exact: true }).click();
    await write(
      'All settings of the model call, as JSON',
      '{"responseFormat": {"type": "grammar", "rule": "x"}, "stop": "END"}',
    );
    said.pop();
    writer.expect('Form of the answer, as JSON', '{"type": "grammar", "rule": "x"}', { as: 'json' });
    writer.expect('Stops at, as JSON', '"END"', { as: 'json' });
    await press('as JSON', MAPPING);
    await write(`${MAPPING}, as JSON`, '{"one": ["inputs.a"], "all": {"latest": "inputs.a", "default": null}}');
    said.pop();
    writer.expect('Path of one', 'inputs.a');
    writer.expect('Path of all', 'inputs.a');
    writer.expect('Which path of all', 'the one whose stage ended last');
    writer.expect('Where there is none, all is this JSON', 'null', { as: 'json' });
    await press('Run it for each item of a list');
    await press('as JSON', 'How often');
    await write('How often, as JSON', '{"in": "inputs.a", "onItemFail": "fail"}');
    said.pop();
    writer.expect('The list at', 'inputs.a');
    writer.expect('An item without attempts left', 'fails the stage (fail)');
  },
  is: {
    flowiseConfig: { responseFormat: { type: 'grammar', rule: 'x' }, stop: 'END' },
    inputVariableMapping: { one: ['inputs.a'], all: { latest: 'inputs.a', default: null } },
    forEach: { in: 'inputs.a', onItemFail: 'fail' },
  },
};

const MANUAL: Stage = {
  async say({ judge }) {
    await judge('a person');
  },
  is: { validationType: 'MANUAL' },
};

const NOBODY: Stage = {
  async say({ judge }) {
    await judge('a person');
    await judge('nobody');
  },
  is: { validationType: 'NONE' },
};

const PATTERN: Stage = {
  async say({ judge, write, tick }) {
    await judge('a pattern');
    await write('Pattern', '^Dear (\\w+)\\n');
    await tick('an answer passes that does not match');
    for (const flag of ['upper and lower case alike', '^ and $ mean lines', '. is a line break, too']) await tick(flag);
    await tick('blanks in it mean nothing');
  },
  is: {
    validationType: 'REGEX',
    validationCriteria: { pattern: '^Dear (\\w+)\\n', flags: 'imsx', mustMatch: false },
  },
};

const judgedByModel = (modelId: string): Stage => ({
  async say({ judge, choose, template }) {
    await judge('a model');
    await choose('Which', 'judge-model, openai');
    await template('Prompt for the judge', 'Is {{output}} kind?');
  },
  is: { validationType: 'LLM', validationCriteria: { modelId, prompt: 'Is {{output}} kind?' } },
});

/** Written once all stages are there: they lead to one another. */
const ways: { stage: number; say: Stage['say']; is: Stage['is'] }[] = [
  {
    stage: 1,
    async say({ write, choose, press }) {
      await press('Go on by a value');
      await write('By the value at', 'sorted.as_string', { part: GOES });
      const to: [string, string][] = [
        ['bill', '2, Each'],
        ['ה, "x"', 'the run ends, completed'],
        ['again', '1, Full'],
      ];
      for (const [nth, [value, leads]] of to.entries()) {
        if (nth > 0) await press('Add a value', GOES);
        await write('Value', value, { part: GOES, nth });
        await choose(`Where ${value} leads`, leads);
      }
      await choose('Passed, with any other value', '3, Odd');
      await choose('Refused, no retry left', '4, Person');
    },
    is: {
      routes: { by: 'sorted.as_string', to: { bill: 2, 'ה, "x"': 0, again: 1 } },
      nextStageOnPass: 3,
      nextStageOnFail: 4,
    },
  },
  {
    stage: 2,
    async say({ choose }) {
      await choose('Passed', 'the run ends, completed');
      await choose('Refused, no retry left', 'the run ends, failed (0)');
    },
    is: { nextStageOnPass: 0, nextStageOnFail: 0 },
  },
];

/** What a stage is of which nothing is said, but its name, its prompt and the model of the one before it. */
const PLAIN = {
  key: null,
  systemTemplate: null,
  messages: null,
  promptTemplate: 'Write.',
  retryPromptTemplate: null,
  model: { name: 'editor-model' },
  timeoutSeconds: null,
  validationType: 'NONE',
  validationCriteria: null,
  outputVariables: null,
  inputVariableMapping: null,
  retryLimit: 0,
  nextStageOnPass: null,
  nextStageOnFail: null,
  routes: null,
  forEach: null,
  flowiseConfig: null,
};

interface Api {
  modelSettings: { properties: { flowiseConfig: { properties: object } } };
  validationFunctions: { name: string; argsSchema: { properties: object } }[];
  stage: { inputFields: { name: string }[] };
  workflow: { inputFields: { name: string }[] };
  checks: { enumValues: { name: string }[] };
}
const API = `{
  modelSettings
  validationFunctions { name argsSchema }
  stage: __type(name: "StageInput") { inputFields { name } }
  workflow: __type(name: "UpdateWorkflowInput") { inputFields { name } }
  checks: __type(name: "ValidationType") { enumValues { name } }
}`;

const namesOf = (fields: readonly { name: string }[], ...without: string[]) =>
  fields.map(({ name }) => name).filter((name) => !without.includes(name));
const sorted = (names: Iterable<string>) => [...names].sort();

/** A workflow as the API has it, with all that its inputs can say. */
async function saved(token: string, id: string, { stage, workflow }: Api): Promise<Record<string, unknown>> {
  const own = namesOf(workflow.inputFields, 'id', 'expectedVersion').join(' ');
  const ofStages = namesOf(stage.inputFields, 'id', 'modelId').join(' ');
  const query = `query ($id: ID!) { workflow(id: $id) { ${own} stages { model { name } ${ofStages} } } }`;
  return (await server.data<{ workflow: Record<string, unknown> }>(token, query, { id })).workflow;
}

async function saveAll(page: Page): Promise<void> {
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'What a save changes' });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** What the page shows in the places where something was said. */
async function shownNow(page: Page, said: readonly Said[]): Promise<Said[]> {
  const shown: Said[] = [];
  for (const stage of new Set(said.map((one) => one.stage))) {
    if (stage > 0) {
      await openStage(page, stage);
      await openMore(formOf(page, stage));
    } else {
      await page.getByRole('link', { name: 'The workflow itself' }).click();
      await page.getByLabel('Name of the workflow', { exact: true }).waitFor();
    }
    const here = said.filter((one) => one.stage === stage);
    shown.push(
      ...(await Promise.all(here.map(async (one) => ({ ...one, shows: await shownBy(controlOf(page, one)) })))),
    );
  }
  return shown;
}

/** Names in JSON have no order: a row is known by what stands in it. */
const comparable = (said: readonly Said[]): string[] =>
  said
    .map(({ stage, part, label, as, shows }) => {
      // Nothing is null.
      const is = as === 'json' ? JSON.parse(String(shows) || 'null') : shows;
      return `${stage} ${part ?? ''} ${label}: ${JSON.stringify(is, byName)}`;
    })
    .sort();

const byName = (_: string, value: unknown) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

test('all that the API can say is said by the page alone, comes back the same, and is shown as it was said', async () => {
  const token = server.token();
  const api = await server.data<Api>(token, API);
  const [, judge] = await Promise.all([server.model('editor-model'), server.model('judge-model')]);
  await server.data(
    server.token({ admin: true }),
    'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { id } }',
    {
      input: {
        name: 'told-model',
        provider: 'openai',
        modelIdentifierForFlowise: 'told-model',
        configDefaults: { reasoningEffort: 'low', stop: ['STOP'] },
      },
    },
  );

  const calls = Object.entries(FUNCTIONS).flatMap(([functionName, all]) =>
    all.map(({ say, args }): [string, Stage] => [
      [functionName, ...Object.values(args).map((arg) => JSON.stringify(arg))].join(' '),
      {
        async say(writer) {
          await writer.judge('a function');
          await writer.choose('Which', functionName.replaceAll('_', ' '));
          await say(writer);
        },
        is: { validationType: 'FUNCTION', validationCriteria: { functionName, args } },
      },
    ]),
  );
  const stages: [string, Stage][] = [
    ['Full', FULL],
    ['Each', EACH],
    ['Odd', ODD],
    ['Person', MANUAL],
    ['Nobody', NOBODY],
    ['Pattern', PATTERN],
    ['Model', judgedByModel(judge)],
    ...calls,
  ];
  const meant = stages.map(([name, { is }], place) => ({
    ...PLAIN,
    ...is,
    ...ways.find(({ stage }) => stage === place + 1)?.is,
    name,
    stageOrder: place + 1,
  }));

  // Nothing that the API knows is left out.
  const { flowiseConfig } = api.modelSettings.properties;
  expect(sorted(Object.keys(SETTINGS))).toEqual(sorted(Object.keys(flowiseConfig.properties)));
  const takes = api.validationFunctions.map(({ name, argsSchema }) => [
    name,
    sorted(Object.keys(argsSchema.properties)),
  ]);
  const taken = Object.entries(FUNCTIONS).map(([name, all]) => [
    name,
    sorted(new Set(all.flatMap(({ args }) => Object.keys(args)))),
  ]);
  expect(Object.fromEntries(taken)).toEqual(Object.fromEntries(takes));
  expect(sorted(new Set(meant.map(({ validationType }) => validationType)))).toEqual(
    sorted(namesOf(api.checks.enumValues)),
  );
  const fields = namesOf(api.stage.inputFields, 'id', 'modelId', 'name', 'stageOrder');
  const isSaid = (field: string) =>
    meant.some((stage) => {
      const plain = (PLAIN as Record<string, unknown>)[field];
      return JSON.stringify((stage as Record<string, unknown>)[field]) !== JSON.stringify(plain);
    });
  expect(fields.filter((field) => !isSaid(field))).toEqual([]);

  const id = await server.workflow(token, { name: 'Letters', stages: [] });
  const { page, complaints, close } = await visit(browser, server.origin, `/workflows/${id}`, { token });
  const writer = writerOf(page);
  for (const [name, { say, is }] of stages) {
    await writer.addStage(name);
    if (!('promptTemplate' in is)) await writer.template('Prompt', PLAIN.promptTemplate);
    await say(writer);
  }
  for (const { stage, say } of ways) {
    await writer.openStage(stage);
    await say(writer);
  }
  await writer.openWorkflow();
  await writer.write('Name of the workflow', 'Letters, sorted');
  await writer.write('What it is for', 'Sorts the mail.\nEvery day.');
  const part = 'What a run answers';
  await writer.press('Say what it answers');
  await writer.write('Name', 'answers', { part });
  await writer.press('or another path for answers');
  await writer.write('Path 1 of answers', 'stage_2.raw');
  await writer.write('Path 2 of answers', 'stage_3.raw');
  await writer.choose('Which path of answers', 'the one whose stage ended last');
  await writer.press('A default for answers');
  await writer.write('Where there is none, answers is this text', 'nothing');
  await writer.write('Metadata, as JSON', '{"color": "red", "tags": [1, null]}', { as: 'json' });
  await saveAll(page);

  const { stages: written, ...own } = await saved(token, id, api);
  expect(written).toEqual(meant);
  expect(own).toEqual({
    name: 'Letters, sorted',
    description: 'Sorts the mail.\nEvery day.',
    outputMapping: { answers: { latest: ['stage_2.raw', 'stage_3.raw'], default: 'nothing' } },
    metadata: { color: 'red', tags: [1, null] },
  });

  await page.reload();
  await signIn(page, token);
  const save = page.getByRole('button', { name: /^Save…/ });
  await save.waitFor();
  await page.waitForLoadState('networkidle');
  // A radio that another was pressed after shows the other.
  const last = writer.said.filter(
    ({ stage, role, label }) => !(role === 'radio' && label === 'a person' && meant[stage - 1]?.name === 'Nobody'),
  );
  expect(comparable(await shownNow(page, last))).toEqual(comparable(last));
  await openStage(page, 2);
  await openMore(formOf(page, 2));
  expect(await formOf(page, 2).getByRole('button', { name: 'Take the model’s', exact: true }).count()).toBe(2);
  expect(await save.getAttribute('title')).toBe('Nothing has changed');
  expect(complaints).toEqual([]);
  await close();
}, 180_000);
