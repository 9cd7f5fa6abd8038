"""What a Python program has of the server by way of gql: runs operations in turn, prints each answer as a line of JSON.

Usage: client.py http|socket|legacy ADDRESS TOKEN OPERATIONS, the last a list of [query, variables] in JSON.
"""

import asyncio
import json
import sys

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

# Left alone, gql offers both subprotocols, and the legacy one first.
SUBPROTOCOLS = {"socket": ["graphql-transport-ws"], "legacy": None}

# How often to look for a server that has gone, and how many times.
MOMENT = 0.02
PATIENCE = 1500


def tell(answer):
    print(json.dumps(answer), flush=True)


class Program:
    def __init__(self, kind, address, token):
        self.kind = kind
        self.address = address
        self.headers = {"Authorization": f"Bearer {token}"}

    def connect(self):
        if self.kind not in SUBPROTOCOLS:
            # Over HTTP it reads the whole schema first, and holds what is asked to it.
            http = AIOHTTPTransport(url=f"http://{self.address}/graphql", headers=self.headers)
            return Client(transport=http, fetch_schema_from_transport=True)
        return Client(
            transport=WebsocketsTransport(
                url=f"ws://{self.address}/graphql/ws",
                init_payload=self.headers,
                subprotocols=SUBPROTOCOLS[self.kind],
            )
        )

    async def run(self, query, variables):
        request = gql(query)
        request.variable_values = variables
        try:
            if query.startswith("subscription"):
                await self.watch(request)
            else:
                async with self.connect() as session:
                    tell(await session.execute(request))
        except TransportQueryError as error:
            tell({"errors": error.errors})

    async def watch(self, request):
        """Follows a run to its end; whenever the connection breaks, from the last event on."""
        for _ in range(PATIENCE):
            try:
                async with self.connect() as session:
                    async for answer in session.subscribe(request):
                        request.variable_values["after"] = answer["executionEvents"]["seq"]
                        tell(answer)
                    return
            except TransportQueryError:
                raise
            except (TransportError, OSError) as error:
                broken = error
                await asyncio.sleep(MOMENT)
        raise broken


async def main(kind, address, token, operations):
    program = Program(kind, address, token)
    for query, variables in json.loads(operations):
        await program.run(query, variables)


asyncio.run(main(*sys.argv[1:]))
