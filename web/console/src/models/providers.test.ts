import { expect, test } from 'vitest';
import { groupsOf, settingOf } from './providers.ts';

test('models stand by their provider, first those that can be called', () => {
  const model = (name: string, provider: string, available: boolean) => ({ name, provider, available });
  const groups = groupsOf([
    model('Claude', 'anthropic', false),
    model('Demo writer', 'demo', true),
    model('GPT', 'openai', true),
    model('Claude, small', 'anthropic', false),
  ]);
  expect(groups.map(({ provider, models }) => [provider, models.map(({ name }) => name)])).toEqual([
    ['demo', ['Demo writer']],
    ['openai', ['GPT']],
    ['anthropic', ['Claude', 'Claude, small']],
  ]);
});

test('each provider has one setting that configures it', () => {
  expect(settingOf('openai')).toEqual({ name: 'OPENAI_API_KEY', isOwn: false });
  expect(settingOf('ollama')).toEqual({ name: 'OLLAMA_BASE_URL', isOwn: false });
  expect(settingOf('lab')).toEqual({ name: 'LAB_BASE_URL', isOwn: true });
});
