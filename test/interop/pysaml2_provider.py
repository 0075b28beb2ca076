"""An identity provider made of PySAML2. Started by pysaml2.ts with the name of a JSON file that says who it is."""

import functools
import html
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAME_FORMAT_URI, NameID
from saml2.server import Server
from saml2.sigver import pre_encryption_part, verify_redirect_signature

with open(sys.argv[1], encoding="utf-8") as file:
    SETTINGS = json.load(file)
FOLDER = os.path.dirname(os.path.abspath(sys.argv[1]))
URL = f"http://localhost:{SETTINGS['port']}"
PEER = os.path.join(FOLDER, "service-provider.xml")

LOGIN = """<!doctype html><title>Sign in</title><form method="post" action="/login">{hidden}
<input name="username"><input name="password" type="password"><button>Sign in</button></form>"""


def config(with_peer):
    made = IdPConfig()
    made.load({
        "entityid": SETTINGS["entityId"],
        "xmlsec_binary": SETTINGS["xmlsec1"],
        "key_file": os.path.join(FOLDER, "idp.key"),
        "cert_file": os.path.join(FOLDER, "idp.crt"),
        "metadata": {"local": [PEER]} if with_peer else {},
        "service": {"idp": {
            "endpoints": {"single_sign_on_service": [
                (f"{URL}/sso/redirect", BINDING_HTTP_REDIRECT), (f"{URL}/sso/post", BINDING_HTTP_POST)]},
            "name_id_format": [NAMEID_FORMAT_EMAILADDRESS],
            "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_URI}},
            # The reader of requests looks for a signature inside the message only: the gate below knows both bindings.
            **({} if with_peer else {"want_authn_requests_signed": SETTINGS["wantSigned"]}),
        }},
    })
    return made


def encrypt_with(server, content, session_key):
    """PySAML2 encrypts with Triple DES and has no setting for it; xmlsec1, which does the work, can do more."""
    saml2.entity.pre_encryption_part = functools.partial(pre_encryption_part, msg_enc=content)
    server.sec.encrypt_assertion = functools.partial(server.sec.crypto.encrypt_assertion, key_type=session_key)


def read_request(server, binding, fields):
    """The ID and the sender of an AuthnRequest, its signature verified where there is one or has to be."""
    request = server.parse_authn_request(fields["SAMLRequest"], binding)
    sender = request.message.issuer.text
    signed = "Signature" in fields if binding == BINDING_HTTP_REDIRECT else request.message.signature is not None
    if SETTINGS["wantSigned"] and not signed:
        raise ValueError("the request is not signed")
    if binding == BINDING_HTTP_REDIRECT and signed:
        known = server.metadata.certs(sender, "any", "signing")
        if not any(verify_redirect_signature(fields, server.sec.sec_backend, each) for each in known):
            raise ValueError("the signature of the request does not verify")
    return request.message.id, sender


def answer(server, person, state):
    """The page that carries the response to the service provider."""
    receiver = server.metadata.assertion_consumer_service(state["sender"], BINDING_HTTP_POST)[0]["location"]
    lasts = SETTINGS["sessionMinutes"]
    until = None if lasts is None else datetime.now(timezone.utc) + timedelta(minutes=lasts)
    response = server.create_authn_response(
        person["attributes"],
        state["id"] or None,
        receiver,
        state["sender"],
        name_id=NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=person["attributes"]["mail"][0]),
        authn={"class_ref": PASSWORD, "authn_auth": URL},
        sign_response=SETTINGS["signResponse"],
        sign_assertion=SETTINGS["signAssertion"],
        encrypt_assertion=SETTINGS["encryption"] is not None,
        sign_alg=SETTINGS["signature"],
        digest_alg=SETTINGS["digest"],
        session_not_on_or_after=None if until is None else until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    sent = server.apply_binding(BINDING_HTTP_POST, str(response), receiver, state["relayState"], response=True)
    return sent["data"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.handle_fields(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.handle_fields(dict(parse_qsl(body)))

    def handle_fields(self, fields):
        try:
            self.reply(200, self.route(urlsplit(self.path).path, fields))
        except Exception as error:
            self.reply(400, html.escape(f"{type(error).__name__}: {error}"))

    def route(self, path, fields):
        if path == "/metadata":
            return create_metadata_string(None, config(False)).decode()
        server = Server(config=config(True))
        if SETTINGS["encryption"] is not None:
            encrypt_with(server, **SETTINGS["encryption"])
        if path in ("/sso/redirect", "/sso/post"):
            binding = BINDING_HTTP_POST if path.endswith("post") else BINDING_HTTP_REDIRECT
            request, sender = read_request(server, binding, fields)
            return login(id=request, sender=sender, relayState=fields.get("RelayState", ""))
        if path == "/start":
            return login(id="", sender=fields["sender"], relayState=fields.get("RelayState", ""))
        person = SETTINGS["people"].get(fields["username"])
        if person is None or person["password"] != fields["password"]:
            raise ValueError("no such account")
        return answer(server, person, {"id": "", "relayState": "", **fields})

    def reply(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def login(**state):
    fields = "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in state.items())
    return LOGIN.format(hidden=fields)


ThreadingHTTPServer(("127.0.0.1", SETTINGS["port"]), Handler).serve_forever()
