// Whatever Apollo throws, as a union that a `switch` over `code` takes apart.

import { CombinedGraphQLErrors, LinkError, ServerError, ServerParseError } from '@apollo/client/errors';
import type { GraphQLFormattedError } from 'graphql';

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

/** Of anything that a query, mutation or subscription threw or answered as its `error`; empty for null and undefined. */
export function footlightErrors(error: unknown): FootlightError[] {
  if (error == null) return [];
  if (CombinedGraphQLErrors.is(error)) return error.errors.map(told);
  const { message = String(error) } = error as Partial<Error>;
  if (ServerError.is(error) || ServerParseError.is(error)) {
    const why = ServerError.is(error) ? message : 'something else than Footlight answered';
    return errorsIn(error.bodyText)?.map(told) ?? [{ code: 'NETWORK', message: why, status: error.statusCode }];
  }
  if (!LinkError.is(error)) return [{ code: 'UNKNOWN', message }];
  // Each browser has words of its own for what `fetch` did not bring.
  return [{ code: 'NETWORK', message: error instanceof TypeError ? 'no answer came' : message }];
}

export function isUnauthenticated(error: unknown): boolean {
  return footlightErrors(error).some(({ code }) => code === 'UNAUTHENTICATED');
}

/** What the server would say, where it is clear without asking. */
export function unauthenticated(): CombinedGraphQLErrors {
  return new CombinedGraphQLErrors({ errors: [{ message: 'sign in first', extensions: { code: 'UNAUTHENTICATED' } }] });
}

const PLAIN = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
] as const;

function told({ message, path, extensions }: GraphQLFormattedError): FootlightError {
  const base = path ? { message, path } : { message };
  const { code, field, retryAfter, requestId } = extensions ?? {};
  const plain = PLAIN.find((known) => known === code);
  if (plain) return { ...base, code: plain };
  const at = typeof field === 'string' ? { field } : {};
  switch (code) {
    case 'BAD_USER_INPUT':
      return { ...base, ...at, code };
    case 'LIMIT_EXCEEDED':
      return { ...base, ...at, code, ...(typeof retryAfter === 'number' ? { retryAfter } : {}) };
    case 'INTERNAL_SERVER_ERROR':
      return { ...base, code, ...(typeof requestId === 'string' ? { requestId } : {}) };
    default:
      return { ...base, code: 'UNKNOWN', ...(typeof code === 'string' ? { serverCode: code } : {}) };
  }
}

/** A refusal with a status of its own has its errors in the body, like any other answer. */
function errorsIn(body: string): GraphQLFormattedError[] | null {
  try {
    const { errors } = JSON.parse(body);
    return Array.isArray(errors) ? errors : null;
  } catch {
    return null;
  }
}
