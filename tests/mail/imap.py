"""A mailbox for tests: the IMAP server pymap, in memory.

Prints one JSON line with its ports and its certificate authority, then answers one JSON line on
standard output to each JSON line on standard input, and ends when standard input is closed.

    {"do": "put", "folder": "Leads", "mails": ["From: ..."]}    mails arrive, in this order
    {"do": "renew", "folder": "Leads"}       the folder is made anew with the same mails: another UIDVALIDITY
    {"do": "flags", "folder": "Leads"}       the flags of each mail that lies there, in order
    {"do": "shut"} and {"do": "open"}        the server is gone and comes again, on the same ports
    {"do": "logins"}                         how many connections were opened so far

`port` is plain and offers STARTTLS, `tls_port` speaks TLS from the first byte. The login is kari, hemmelig.
"""

import asyncio
import imaplib
import json
import ssl
import sys
import tempfile
from argparse import Namespace
from contextlib import AsyncExitStack

import trustme
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader

USER, PASSWORD = "kari", "hemmelig"


class Peer:
    def __init__(self, tls):
        self.tls = tls
        self.servers = []
        self.ports = [0, 0]
        self.connection_count = 0

    async def start(self, backend, config):
        self.serve = ProxyProtocolReader(ProxyProtocolNoop()).get_callback(IMAPServer(backend.login, config))
        await self.open()

    async def connected(self, reader, writer):
        self.connection_count += 1
        await self.serve(reader, writer)

    async def open(self):
        for index, tls in enumerate([None, self.tls]):
            server = await asyncio.start_server(self.connected, "127.0.0.1", self.ports[index], ssl=tls)
            self.ports[index] = server.sockets[0].getsockname()[1]
            self.servers.append(server)

    def shut(self):
        for server in self.servers:
            server.close()
        self.servers.clear()

    def box(self):
        box = imaplib.IMAP4("127.0.0.1", self.ports[0])
        self.connection_count -= 1
        box.login(USER, PASSWORD)
        return box

    def put(self, folder, mails):
        with self.box() as box:
            box.create(folder)
            for mail in mails:
                answer, said = box.append(folder, None, None, mail.replace("\r\n", "\n").replace("\n", "\r\n").encode())
                assert answer == "OK", said

    def lying(self, folder):
        """Flags and bytes of each mail, read without changing either."""
        with self.box() as box:
            answer, count = box.select(folder, readonly=True)
            assert answer == "OK", count
            lying = []
            for number in range(1, int(count[0]) + 1):
                _, parts = box.fetch(str(number), "(FLAGS BODY.PEEK[])")
                told = b" ".join(part if isinstance(part, bytes) else part[0] for part in parts)
                lying.append((sorted(flag.decode() for flag in imaplib.ParseFlags(told)), parts[0][1]))
            return lying

    def renew(self, folder):
        mails = [raw.decode() for _, raw in self.lying(folder)]
        with self.box() as box:
            box.delete(folder)
        self.put(folder, mails)

    async def answer(self, request):
        match request["do"]:
            case "put":
                await asyncio.to_thread(self.put, request["folder"], request["mails"])
            case "renew":
                await asyncio.to_thread(self.renew, request["folder"])
            case "flags":
                return {"flags": [flags for flags, _ in await asyncio.to_thread(self.lying, request["folder"])]}
            case "shut":
                self.shut()
            case "open":
                await self.open()
            case "logins":
                return {"logins": self.connection_count}
            case other:
                return {"error": f"unknown: {other}"}
        return {}


async def main():
    authority = trustme.CA()
    identity = authority.issue_cert("localhost", "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    identity.configure_cert(tls)
    loop = asyncio.get_running_loop()
    # The tests cut connections off, and the server finds that remarkable.
    loop.set_exception_handler(lambda loop, context: None)
    with tempfile.NamedTemporaryFile(suffix=".pem") as pem:
        pem.write(identity.private_key_and_cert_chain_pem.bytes())
        pem.flush()
        args = Namespace(
            debug=False, host=None, port=0, cert=pem.name, key=None, tls=True, proxy_protocol=None,
            inherited_sockets=None, passlib_cfg=None, demo_data=False, demo_user=USER, demo_password=PASSWORD,
        )
        backend, config = await DictBackend.init(args)
        config.apply_context()
        async with AsyncExitStack() as stack:
            await backend.start(stack)
            peer = Peer(tls)
            await peer.start(backend, config)
            ready = {"port": peer.ports[0], "tls_port": peer.ports[1], "ca_pem": authority.cert_pem.bytes().decode()}
            print(json.dumps(ready), flush=True)
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                print(json.dumps(await peer.answer(json.loads(line))), flush=True)
            peer.shut()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
