/** What is said beside a model that is the offline one: what it answers, and how to get another. */
export const demoHint = (provider: string | undefined): string | undefined =>
  provider === 'demo'
    ? 'Offline and free, it only picks words out of the prompt; for a real model, start the server with a provider’s key, such as OPENAI_API_KEY.'
    : undefined;
