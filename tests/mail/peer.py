"""A mail server for tests: aiosmtpd receives, dkimpy verifies.

Prints one JSON line with its ports and its certificate authority, then answers one JSON line on
standard output to each JSON line on standard input, and ends when standard input is closed.

    {"do": "dns", "name": "s1._domainkey.example.no", "value": "v=DKIM1; ..."}   publish a TXT record
    {"do": "mails"}         what was received since last asked, each with its DKIM results
    {"do": "forgive"}       whoever was refused is accepted from now on
    {"do": "hang_up"}       close every open connection, as a server does with idle ones
    {"do": "connections"}   how many connections were opened so far

The receiver's name before the @ decides what happens to a mail: gone, policy and later are refused at
RCPT (550 5.1.1, 554 5.7.0, 450); spam and busy after the message (554, 451); cut loses the connection
when DATA begins, lost after the whole message, silent never answers. Everyone else's is accepted.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

import dkim
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

MESSAGE_BYTES_MAX = 8 * 1024 * 1024
LOGIN = (b"kari", b"hemmelig")
AT_RECEIVER = {
    "gone": "550 5.1.1 no such user here",
    "policy": "554 5.7.0 refused by policy",
    "relay": "554 5.7.1 Relay access denied",
    "later": "450 4.2.1 greylisted, try again in five minutes",
}
AT_ANSWER = {
    "spam": "554 5.7.1 this looks like spam",
    "busy": "451 4.3.0 try again later",
}


def changes(raw):
    yield raw.replace(b"Subject: ", b"Subject: Re: ", 1)
    yield raw.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http", 1) if b"List-Unsubscribe" in raw else raw + b"x"
    yield raw + b"x"
    yield b"From: x@evil.example\r\n" + raw


def verifies(raw, txt):
    try:
        return dkim.DKIM(raw).verify(0, dnsfunc=txt)
    except dkim.DKIMException:
        return False


class Peer:
    def __init__(self):
        self.mails = []
        self.records = {}
        self.transports = set()
        self.connection_count = 0
        self.forgives = False

    def txt(self, name, timeout=5):
        return self.records.get(name.rstrip(b".").decode().lower())

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("forged@"):
            return "553 5.7.1 sender address not owned by this user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = AT_RECEIVER.get(address.partition("@")[0])
        if refusal and not self.forgives:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        who = envelope.rcpt_tos[0].partition("@")[0]
        if who in AT_ANSWER:
            return AT_ANSWER[who]
        is_tls = server.transport.get_extra_info("ssl_object") is not None
        self.mails.append((envelope, is_tls))
        if who == "lost":
            server.transport.abort()
        if who == "silent":
            await asyncio.sleep(3600)
        return "250 2.0.0 queued as %d" % len(self.mails)

    def described(self, envelope, is_tls):
        raw = envelope.content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        verifier = dkim.DKIM(raw)
        signatures = len(message.get_all("DKIM-Signature", []))
        return {
            "sender": envelope.mail_from,
            "receivers": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "is_tls": is_tls,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": plain.get_content() if plain else None,
            "html": html.get_content() if html else None,
            "raw": raw.decode("utf-8", "replace"),
            "longest_line": max(len(line) for line in raw.split(b"\r\n")),
            "dkim": [verifier.verify(i, dnsfunc=self.txt) for i in range(signatures)],
            # The same message with a word of it changed, or a second From put on top, must not verify.
            "dkim_of_changed": [verifies(changed, self.txt) for changed in changes(raw)] if signatures else [],
        }

    def answer(self, request):
        match request["do"]:
            case "dns":
                self.records[request["name"].lower()] = request["value"].encode()
                return {}
            case "mails":
                mails, self.mails = self.mails, []
                return {"mails": [self.described(*mail) for mail in mails]}
            case "forgive":
                self.forgives = True
                return {}
            case "hang_up":
                for transport in list(self.transports):
                    transport.close()
                return {}
            case "connections":
                return {"connections": self.connection_count}
            case other:
                return {"error": f"unknown: {other}"}


def authenticator(server, session, envelope, mechanism, data):
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == LOGIN
    return AuthResult(success=is_right, handled=is_right)


def server_of(peer, utf8=True, **options):
    class Server(SMTP):
        def connection_made(self, transport):
            peer.connection_count += 1
            peer.transports.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error):
            peer.transports.discard(self.transport)
            super().connection_lost(error)

        async def smtp_DATA(self, arg):
            if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("cut@"):
                await self.push("354 go on")
                self.transport.abort()
                return
            await super().smtp_DATA(arg)

    return lambda: Server(
        peer, hostname="peer.example", enable_SMTPUTF8=utf8, data_size_limit=MESSAGE_BYTES_MAX, **options
    )


async def main():
    peer = Peer()
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    login = {"authenticator": authenticator, "auth_required": True}
    servers = {
        "port": (server_of(peer), None),
        "ascii_port": (server_of(peer, utf8=False), None),
        "login_port": (server_of(peer, auth_require_tls=False, **login), None),
        "starttls_port": (server_of(peer, tls_context=tls, require_starttls=True, **login), None),
        "tls_port": (server_of(peer, auth_require_tls=False, **login), tls),
    }
    loop = asyncio.get_running_loop()
    ports = {}
    for name, (factory, context) in servers.items():
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps({**ports, "ca_pem": authority.cert_pem.bytes().decode()}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(peer.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    # It warns of a login without TLS, which is what is being tested, and of its own deprecations.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
