import type { InMemoryCacheConfig } from '@apollo/client';

/** For `new InMemoryCache(cachePolicies)`. */
export const cachePolicies: Required<Pick<InMemoryCacheConfig, 'typePolicies' | 'possibleTypes'>> = {
  typePolicies: {},
  possibleTypes: {
    ExecutionEvent: [
      'ExecutionStatusChanged',
      'ManualValidationRecorded',
      'ManualValidationRequested',
      'StageFinished',
      'StageOutputDelta',
      'StageRetryScheduled',
      'StageStarted',
    ],
  },
};
