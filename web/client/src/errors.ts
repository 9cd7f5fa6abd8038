// Whatever Apollo throws, as a union that a `switch` over `code` takes apart.

interface Told {
  /** A sentence for people, from the server where it said one. */
  readonly message: string;
  /** Where in the answer the error belongs. */
  readonly path?: readonly (string | number)[];
}

export type FootlightError =
  | (Told & { readonly code: 'UNAUTHENTICATED' })
  | (Told & { readonly code: 'FORBIDDEN' })
  | (Told & { readonly code: 'NOT_FOUND' })
  /** `field` is the input at fault, in the API's names: `stages[2].validationCriteria`. */
  | (Told & { readonly code: 'BAD_USER_INPUT'; readonly field?: string })
  | (Told & { readonly code: 'CONFLICT' })
  /** `retryAfter` is in seconds: too many requests came in too short a time. */
  | (Told & { readonly code: 'LIMIT_EXCEEDED'; readonly field?: string; readonly retryAfter?: number })
  /** The server's own fault: its log has more under `requestId`. */
  | (Told & { readonly code: 'INTERNAL_SERVER_ERROR'; readonly requestId?: string })
  /** The document is not what the server's schema allows. */
  | (Told & { readonly code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' })
  /** No answer came, or none that can be read. `status` is that of HTTP, where there was one. */
  | (Told & { readonly code: 'NETWORK'; readonly status?: number })
  /** Anything else: a code of a later server, or an error of the page itself. */
  | (Told & { readonly code: 'UNKNOWN'; readonly serverCode?: string });

export function footlightErrors(error: unknown): FootlightError[] {
  return error == null ? [] : [{ code: 'UNKNOWN', message: String(error) }];
}
