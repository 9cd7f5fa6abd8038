import { describe, expect, test } from 'vitest';
import { isName, placeholders, rendered } from './template.ts';

const names = (text: string, keys: string[] = [], hasItem = false) =>
  placeholders(text, { keys: new Set(keys), hasItem }).map(({ name, isEscaped }) => (isEscaped ? `\\${name}` : name));

describe('placeholders', () => {
  test('are names and paths between two braces, blanks or not', () => {
    expect(names('{{topic}} {{ stage_1.output.title }} {{\tinputs.a.0.b\n}} {{_x1}} {{é}}')).toEqual([
      'topic',
      'stage_1.output.title',
      'inputs.a.0.b',
      '_x1',
      'é',
    ]);
  });

  test('are nothing else', () => {
    expect(names('{topic} {{}} {{1a}} {{a b}} {{a.b}} {{stage_1.}} {{stage_1.1a}} {{item.x}} {{a-b}} {{a}')).toEqual(
      [],
    );
  });

  test('begin with a key where a stage has it, and with item where it runs for each', () => {
    expect(names('{{facts.people}} {{item.name}}', ['facts'], true)).toEqual(['facts.people', 'item.name']);
  });

  test('give up only one brace', () => {
    expect(names('{{{name}}} {{ {{b}}')).toEqual(['name', 'b']);
  });

  test('are texts behind an odd number of backslashes', () => {
    expect(names(String.raw`\{{a}} \\{{b}} \\\{{c}} {{d}}\{{e}}`)).toEqual(['\\a', 'b', '\\c', 'd', '\\e']);
  });

  test('stand where they are said to, after an emoji, too', () => {
    const text = '🎭 {{ topic }}!';
    const [found] = placeholders(text);
    expect(text.slice(found?.from, found?.to)).toBe('{{ topic }}');
    expect(text.slice(found?.nameFrom, (found?.nameFrom ?? 0) + 5)).toBe('topic');
  });

  test('have names of any script', () => {
    expect(['название', 'نام‌خانوادگی', 'हिन्दी', 'a1']).toSatisfy((all: string[]) => all.every(isName));
    expect(['1a', '', 'a.b', 'a b', '-']).not.toSatisfy((all: string[]) => all.some(isName));
  });
});

describe('rendered', () => {
  test('puts values in their places and halves backslashes', () => {
    const template = String.raw`\{{a}} \\{{a}} {{b}} {single}`;
    const made = rendered(template, {}, (name) => `<${name}>`);
    expect(made?.text).toBe(String.raw`{{a}} \<a> <b> {single}`);
    expect(made?.values.map(({ from, to }) => made.text.slice(from, to))).toEqual(['<a>', '<b>']);
  });

  test('is nothing where a value is missing', () => {
    expect(rendered('{{a}}', {}, () => null)).toBeNull();
  });
});
