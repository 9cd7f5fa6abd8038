import { describe, expect, test } from 'vitest';
import { segmentsOf } from './segments.ts';
import type { Variable } from './usePreview.ts';

const variable = (name: string, value: unknown): Variable => ({
  __typename: 'UsedVariable',
  name,
  path: `inputs.${name}`,
  value,
  found: value !== null,
  producedBy: null,
});
const variables = [
  variable('topic', 'tea {{x}}'),
  variable('list', [1, 'a']),
  variable('list', 1),
  variable('none', null),
];
const told = (template: string | null, sent: string | null) =>
  segmentsOf(template, sent, {}, variables).map(({ text, variable: of, isMissing }) =>
    isMissing ? `?${text}` : of ? `<${of.name}:${text}>` : text,
  );

describe('what would be sent', () => {
  test('has its values where they are', () => {
    expect(told('On {{topic}}: {{ list }}\\{{topic}}', 'On tea {{x}}: [1,"a"]{{topic}}')).toEqual([
      'On ',
      '<topic:tea {{x}}>',
      ': ',
      '<list:[1,"a"]>',
      '{{topic}}',
    ]);
  });

  test('is shown as it is where the template does not come to it', () => {
    expect(told('{{list}}', '[1.0,"a"]')).toEqual(['[1.0,"a"]']);
    expect(told(null, 'sent')).toEqual(['sent']);
  });

  test('shows what has no value where nothing can be sent', () => {
    expect(told('{{topic}} {{none}} {{unknown}}', null)).toEqual([
      '<topic:tea {{x}}>',
      ' ',
      '?{{none}}',
      ' ',
      '?{{unknown}}',
    ]);
    expect(told(null, null)).toEqual([]);
  });
});
