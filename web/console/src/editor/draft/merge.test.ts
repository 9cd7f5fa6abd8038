import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import type { Draft, Edit } from './draft.ts';
import { merge, type Side, savedAs, withIds } from './merge.ts';
import { draftWith, said } from './draft.fixture.ts';

const start = draftWith(
  [1, 2, 3],
  [{ promptTemplate: 'one' }, { promptTemplate: 'two {{stage_1.raw}}' }, { promptTemplate: 'three {{stage_2.raw}}' }],
);
const edited = (...edits: Edit[]): Draft => edits.reduce(apply, start);
const prompt = (local: string, value: string): Edit => ({ kind: 'set', local, field: 'promptTemplate', value });
const settled = (theirs: Draft, mine: Draft, choices: [string, Side][] = []) =>
  merge(start, theirs, mine).settle(new Map(choices));

describe('merge', () => {
  test('takes both where they touch different fields', () => {
    const theirs = edited(prompt('s0', 'one, by them'), { kind: 'workflow', field: 'name', value: 'Theirs' });
    const mine = edited(prompt('s1', 'two, by me'), { kind: 'set', local: 's0', field: 'name', value: 'Mine' });
    expect(merge(start, theirs, mine).clashes).toEqual([]);
    const both = settled(theirs, mine);
    expect(both.name).toBe('Theirs');
    expect(said(both)).toEqual(['1 one, by them', '2 two, by me', '3 three {{stage_2.raw}}']);
    expect(both.stages[0]?.fields.name).toBe('Mine');
  });

  test('asks where both touch one field, and shows what it was', () => {
    const [theirs, mine] = [edited(prompt('s0', 'theirs')), edited(prompt('s0', 'mine'))];
    const { clashes } = merge(start, theirs, mine);
    expect(clashes).toEqual([
      {
        id: 's0 promptTemplate',
        stage: { local: 's0', order: 1, name: null },
        field: 'promptTemplate',
        before: 'one',
        theirs: 'theirs',
        mine: 'mine',
      },
    ]);
    expect(said(settled(theirs, mine))[0]).toBe('1 mine');
    expect(said(settled(theirs, mine, [['s0 promptTemplate', 'theirs']]))[0]).toBe('1 theirs');
  });

  test('is no question where both did the same', () => {
    expect(merge(start, edited(prompt('s0', 'same')), edited(prompt('s0', 'same'))).clashes).toEqual([]);
  });

  test('follows stages that they moved or put in: my texts mean the same stages', () => {
    const theirs = edited({ kind: 'add', at: 0, local: 'theirs', fields: { promptTemplate: 'zero' } });
    const mine = edited(prompt('s2', 'three {{stage_1.raw}} {{stage_2.raw}}'));
    expect(merge(start, theirs, mine).clashes).toEqual([]);
    expect(said(settled(theirs, mine))).toEqual([
      '1 zero',
      '2 one',
      '3 two {{stage_2.raw}}',
      '4 three {{stage_2.raw}} {{stage_3.raw}}',
    ]);
  });

  test('keeps the stages that both put in, each where it was put', () => {
    const theirs = edited({ kind: 'add', at: 1, local: 'theirs' });
    const mine = edited({ kind: 'add', at: 3, local: 'mine', fields: { promptTemplate: '{{stage_3.raw}}' } });
    expect(settled(theirs, mine).stages.map(({ local }) => local)).toEqual(['s0', 'theirs', 's1', 's2', 'mine']);
    expect(said(settled(theirs, mine)).at(-1)).toBe('5 {{stage_4.raw}}');
  });

  test('keeps my order where they left theirs, and theirs where I left mine', () => {
    const moved = edited({ kind: 'move', local: 's2', to: 0 });
    const written = edited(prompt('s0', 'changed'));
    for (const [theirs, mine] of [
      [written, moved],
      [moved, written],
    ] as const) {
      const both = settled(theirs, mine);
      expect(both.stages.map(({ local }) => local)).toEqual(['s2', 's0', 's1']);
      expect(said(both)).toEqual(['1 three {{stage_3.raw}}', '2 changed', '3 two {{stage_2.raw}}']);
    }
  });

  test('asks where one took out what the other changed; what is kept is a stage of its own', () => {
    const [theirs, mine] = [edited({ kind: 'remove', local: 's1' }), edited(prompt('s1', 'kept'))];
    expect(merge(start, theirs, mine).clashes.map(({ id }) => id)).toEqual(['s1 stage']);
    const kept = settled(theirs, mine).stages.find(({ local }) => local === 's1');
    expect(kept).toMatchObject({ id: null, order: 2, fields: { promptTemplate: 'kept' } });
    expect(settled(theirs, mine, [['s1 stage', 'theirs']]).stages).toHaveLength(2);
  });

  describe('where a stage has another key', () => {
    const before = draftWith(
      [1, 2],
      [
        { key: 'one', promptTemplate: 'one' },
        { key: 'two', promptTemplate: 'two {{one.raw}}' },
      ],
    );
    const of = (...edits: Edit[]): Draft => edits.reduce(apply, before);
    const key = (local: string, value: string | null): Edit => ({ kind: 'set', local, field: 'key', value });
    const both = (theirs: Draft, mine: Draft, choices: [string, Side][] = []) => {
      const { clashes, settle } = merge(before, theirs, mine);
      const draft = settle(new Map(choices));
      const keys = draft.stages.map(({ fields }) => fields.key);
      return { clashes: clashes.map(({ id }) => id), keys, said: said(draft) };
    };

    test('texts of the other side say that key', () => {
      const renamed = of(key('s0', 'uno'), prompt('s1', 'two {{uno.raw}}'));
      const written = of(
        prompt('s1', String.raw`two {{one.raw}} and {{ one.text }} \{{one.raw}} {{one}} {{one.raw`),
        {
          kind: 'set',
          local: 's1',
          field: 'inputVariableMapping',
          value: { a: 'one.raw', b: ['inputs.one', 'one.text'] },
        },
        { kind: 'workflow', field: 'outputMapping', value: { answer: { from: 'one.raw' } } },
      );
      const text = String.raw`2 two {{uno.raw}} and {{ uno.text }} \{{one.raw}} {{one}} {{one.raw`;
      for (const [theirs, mine] of [
        [renamed, written],
        [written, renamed],
      ] as const) {
        expect(both(theirs, mine)).toEqual({ clashes: [], keys: ['uno', 'two'], said: ['1 one', text] });
        const draft = merge(before, theirs, mine).settle(new Map());
        expect(draft.stages[1]?.fields.inputVariableMapping).toEqual({ a: 'uno.raw', b: ['inputs.one', 'uno.text'] });
        expect(draft.outputMapping).toEqual({ answer: { from: 'uno.raw' } });
      }
    });

    test('and those of its own side, which still say the old one', () => {
      expect(both(of(key('s0', 'uno')), of(prompt('s0', 'changed'))).said).toEqual(['1 changed', '2 two {{uno.raw}}']);
    });

    test('it is asked where both gave one, and texts say the one that was chosen', () => {
      const [theirs, mine] = [of(key('s0', 'uno')), of(key('s0', 'eins'), prompt('s1', 'two {{eins.raw}} more'))];
      expect(both(theirs, mine)).toEqual({
        clashes: ['s0 key'],
        keys: ['eins', 'two'],
        said: ['1 one', '2 two {{eins.raw}} more'],
      });
      expect(both(theirs, mine, [['s0 key', 'theirs']]).said[1]).toBe('2 two {{uno.raw}} more');
    });

    test('that another had, each text means the stage that it meant', () => {
      const theirs = of(key('s0', 'two'), key('s1', 'one'), prompt('s1', 'two {{two.raw}}'));
      const mine = of(prompt('s1', 'two {{one.raw}} {{two.raw}}'));
      expect(both(theirs, mine)).toEqual({
        clashes: [],
        keys: ['two', 'one'],
        said: ['1 one', '2 two {{two.raw}} {{one.raw}}'],
      });
    });

    test('or none any more, texts stay as they are', () => {
      expect(both(of(key('s0', null)), of(prompt('s1', 'two {{one.raw}} more'))).said[1]).toBe(
        '2 two {{one.raw}} more',
      );
    });
  });

  test('takes out what one took out and the other left', () => {
    const gone = edited({ kind: 'remove', local: 's2' });
    expect(settled(gone, edited(prompt('s0', 'x'))).stages).toHaveLength(2);
    expect(settled(edited(prompt('s0', 'x')), gone).stages).toHaveLength(2);
  });
});

test('what was new when it was saved is found by its number', () => {
  const sent = edited({ kind: 'add', at: 3, local: 'new-1' }, { kind: 'remove', local: 's0' });
  const answered = {
    ...sent,
    stages: sent.stages.map((stage) => ({ ...stage, local: stage.id ?? 'made', id: stage.id ?? 'made' })),
  };
  const saved = savedAs(answered, sent);
  expect(saved.stages.map(({ local, id }) => `${local} ${id}`)).toEqual(['s1 s1', 's2 s2', 'new-1 made']);
  // On the way back a stage that is no more would have an id that nobody knows.
  expect(withIds(start, saved).stages.map(({ id }) => id)).toEqual([null, 's1', 's2']);
});
