"""A mail server (aiosmtpd) and a receiver of webhooks, both on loopback. The options make them misbehave.

Usage: notice_receivers.py OPTIONS LOG. OPTIONS is one JSON object with the members mail and webhook, each optional. When all listen,
one line of JSON is printed: {"mail": PORT, "webhook": PORT}. What they receive is appended to the file LOG, one line of JSON each.

Members of both:
  port           the port; a free one by default
  certificate, key  paths of PEM files for TLS
  slow           seconds before the message or request is answered

Members of mail:
  tls            "starttls", "implicit" or "none"
  user, password  the login that is required
  refuse         a list of addresses that are refused with 550
  greylist       the number of recipients that are first refused with 450
  refusal        the answer to every recipient
  authReply, startTLSReply  the answer to every AUTH, to every STARTTLS
  mechanisms     what EHLO offers after AUTH
  repeat         a refusal repeats the password: "login" refuses every login, the other values every recipient. "login" and
                 "recipient" repeat the argument of AUTH PLAIN; "unseen" the password with a CR inside; "pieces" the password on
                 several lines; "capitals" the password in capitals

Members of webhook:
  secret         the secret that signs each request
  statuses       the statuses to answer with, one after another; then 200
  body, type     the body and Content-Type of every answer; by default "ok" as plain text
"""
import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

options, log_path = json.loads(sys.argv[1]), sys.argv[2]
mail, webhook = options.get("mail"), options.get("webhook")
lock = threading.Lock()


def log(**entry):
    with lock, open(log_path, "a") as file:
        file.write(json.dumps(entry) + "\n")


def tls(part):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(part["certificate"], part["key"])
    return context


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Mailbox:
    def __init__(self):
        self.greylisted = mail.get("greylist", 0)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        offered = mail.get("mechanisms")
        return responses if offered is None else [
            "250-AUTH " + offered if line.startswith("250-AUTH") else line for line in responses]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if mail.get("repeat") == "unseen":
            return f"550 5.7.1 not with {mail['password'][:5]}\r{mail['password'][5:]}"
        if mail.get("repeat") == "pieces":
            password = mail["password"]
            pieces = [password[start:start + 5] for start in range(0, len(password), 5)]
            return "\r\n".join("550" + ("-" if start < len(pieces) - 1 else " ") + "5.7.1 " + piece for start, piece in enumerate(pieces))
        if mail.get("repeat") == "capitals":
            return "550 5.7.1 not with " + mail["password"].upper()
        if mail.get("repeat") == "recipient":
            return "550 5.7.1 not for " + plain(mail["user"], mail["password"])
        if "refusal" in mail:
            return mail["refusal"]
        if address in mail.get("refuse", []):
            log(kind="refused", to=address)
            return "550 5.1.1 no such mailbox"
        if self.greylisted > 0:
            self.greylisted -= 1
            log(kind="greylisted", to=address)
            return "450 4.2.0 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(mail.get("slow", 0))
        log(kind="mail", sender=envelope.mail_from, to=envelope.rcpt_tos, tls=session.ssl is not None or mail["tls"] == "implicit",
            login=session.authenticated, text=envelope.content.decode())
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login.decode() == mail["user"] and data.password.decode() == mail["password"]
    log(kind="login", mechanism=mechanism, right=right)
    if "authReply" in mail:
        return AuthResult(success=False, handled=False, message=mail["authReply"])
    if mail.get("repeat") == "login":
        sent = plain(data.login.decode(), data.password.decode())
        return AuthResult(success=False, handled=False, message="535 5.7.8 unknown credentials: " + sent)
    return AuthResult(success=right, handled=False)


class Server(SMTP):
    async def smtp_STARTTLS(self, arg):
        if "startTLSReply" in mail:
            await self.push(mail["startTLSReply"])
        else:
            await super().smtp_STARTTLS(arg)


async def start_mail():
    box = Mailbox()
    kind = mail["tls"]
    context = tls(mail) if kind != "none" else None

    def session():
        return Server(box, hostname="localhost", tls_context=context if kind == "starttls" else None,
                      require_starttls=kind == "starttls", auth_required="user" in mail, auth_require_tls=kind == "starttls",
                      authenticator=authenticate if "user" in mail else None)

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", mail.get("port", 0), ssl=context if kind == "implicit" else None)
    return server.sockets[0].getsockname()[1], server


class Receiver(http.server.BaseHTTPRequestHandler):
    statuses = list((webhook or {}).get("statuses", []))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        time.sleep(webhook.get("slow", 0))
        status = Receiver.statuses.pop(0) if Receiver.statuses else 200
        identity, moment = self.headers.get("webhook-id"), self.headers.get("webhook-timestamp")
        signature = None
        if "secret" in webhook:
            signed = f"{identity}.{moment}.".encode() + body
            digest = hmac.new(webhook["secret"].encode(), signed, hashlib.sha256).digest()
            signature = "v1," + base64.b64encode(digest).decode()
        log(kind="webhook", id=identity, timestamp=moment, path=self.path, status=status,
            signed=signature is not None and hmac.compare_digest(signature, self.headers.get("webhook-signature", "")),
            hasSignature="webhook-signature" in self.headers, body=json.loads(body))
        self.send_response(status)
        words = webhook.get("body", "ok").encode()
        self.send_header("content-type", webhook.get("type", "text/plain"))
        self.send_header("content-length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *arguments):
        pass


def start_webhook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", webhook.get("port", 0)), Receiver)
    if "certificate" in webhook:
        server.socket = tls(webhook).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


async def main():
    ports = {}
    if mail:
        ports["mail"], keep = await start_mail()
    if webhook:
        ports["webhook"] = start_webhook()
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
