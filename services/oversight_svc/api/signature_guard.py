"""Asks machine clients that have registered a key for signed requests, and signs the answers.

A nonce is remembered in a transaction of its own, before the view runs: a request that was seen
once is not good again, whatever became of it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request

from services.oversight_svc.store.signatures import client_keys, use_nonce
from shared.crypto.keys import KeyStore, SigningKey
from shared.observability.metrics import EXCHANGE_REFUSED
from shared.runtime.sealing import key_folder
from shared.sharing.verify_share import PURPOSE
from shared.web.api import current_resources
from shared.web.identity import current_actor
from shared.web.message_signatures import (
    WINDOW,
    SignatureRefusedError,
    SignedAnswer,
    SignedRequest,
    content_digest,
    sign_answer,
    verify_request,
)

DIGEST = "Content-Digest"
SERVICE = "oversight_svc"
FIRST_REFUSAL = 400
REFUSALS = ("signature_refused", "grant_ended", "not_granted", "receipt_differs")
"""Codes of problems that tell of a broken exchange and not of a form filled in wrongly."""


def sharing_key() -> SigningKey:
    """Return the key that signs packages and answers, made on first use."""
    return KeyStore(key_folder(current_resources().settings)).signing_key(PURPOSE)


def guard(blueprint: Blueprint) -> None:
    """Put the check before and the signature after every view of `blueprint`."""
    for reason in REFUSALS:
        EXCHANGE_REFUSED.labels(SERVICE, reason)  # a counter that begins at 0 shows its first one
    blueprint.before_request(_check)
    blueprint.after_request(_sign)
    blueprint.after_request(_count)


def _check() -> None:
    """Raise `SignatureRefusedError` unless the request is signed, where it must be."""
    actor, resources = current_actor(), current_resources()
    if not actor.is_machine or actor.account_id is None:
        return
    now = resources.clock.now()
    with resources.database.begin() as uow:
        keys = client_keys(uow.session, actor.scope.region, actor.account_id)
        if not keys:
            return
        signed = _signed_request()
        verified = verify_request(signed, keys, now)
        expires = verified.created + 2 * WINDOW
        is_new = use_nonce(
            uow.session, actor.account_id, verified.nonce, expires_at=expires, now=now
        )
    if not is_new:
        raise SignatureRefusedError(why="这个 nonce 已经用过，可能是重放")
    g.signed_request, g.signature_nonce = signed, verified.nonce


def _signed_request() -> SignedRequest:
    """Return the request as its client signed it; behind a router, at the public address."""
    public = urlsplit(current_resources().settings.public_url or "")
    path = request.environ.get("REQUEST_URI") or request.full_path.removesuffix("?")
    target = urlsplit(path)
    query = f"?{target.query}" if target.query else ""
    url = f"{public.scheme or 'http'}://{public.netloc or request.host}{target.path}{query}"
    return SignedRequest(request.method, url, dict(request.headers), request.get_data())


def _sign(response: Response) -> Response:
    if "signed_request" not in g:
        return response
    if DIGEST not in response.headers:
        response.headers[DIGEST] = content_digest(response.get_data())
    answer = SignedAnswer(response.status_code, g.signed_request, dict(response.headers))
    now = current_resources().clock.now()
    sign_answer(answer, sharing_key(), nonce=g.signature_nonce, now=now)
    for name in ("Signature", "Signature-Input"):
        response.headers[name] = answer.headers[name]
    return response


def _count(response: Response) -> Response:
    """Count what was refused to a machine; people see the reason on their page."""
    if response.status_code >= FIRST_REFUSAL:
        code = (response.get_json(force=True, silent=True) or {}).get("code")
        if code in REFUSALS:
            EXCHANGE_REFUSED.labels(SERVICE, code).inc()
    return response
