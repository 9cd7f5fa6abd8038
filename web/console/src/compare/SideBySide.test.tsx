import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { SideBySide } from './SideBySide.tsx';

afterEach(cleanup);

test('what stands on one side alone is counted and marked', () => {
  const { container } = render(<SideBySide left="one two" right="one three" />);
  screen.getByText('1 word only on the left, 1 word only on the right');
  expect([...container.querySelectorAll('mark')].map(({ textContent }) => textContent)).toEqual(['two', 'three']);
});

test('what is too long to be compared is neither', () => {
  const left = 'a word '.repeat(20_000);
  const { container } = render(<SideBySide left={left} right={left.replaceAll('a', 'the')} />);
  screen.getByText('So much differs that it is not compared word by word');
  expect(container.querySelectorAll('mark')).toHaveLength(0);
});
