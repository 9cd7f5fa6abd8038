import { expect, test } from 'vitest';
import { readable } from './readable.ts';

test('JSON is read in lines, where that changes nothing', () => {
  expect(readable('{"a":[1,"b c"]}').text).toBe('{\n  "a": [\n    1,\n    "b c"\n  ]\n}');
  const long = '{"a":12345678901234567890}';
  expect(readable(long)).toEqual({ text: long, isJson: true });
  const twice = '{"a":1,"a":2}';
  expect(readable(twice).text).toBe(twice);
});

test('what was said is left as it is', () => {
  expect(readable(' {curly} ')).toEqual({ text: ' {curly} ', isJson: false });
  expect(readable('Dear Ms')).toEqual({ text: 'Dear Ms', isJson: false });
});
