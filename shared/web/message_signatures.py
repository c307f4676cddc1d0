"""HTTP message signatures (RFC 9421) between two agencies' systems, in both directions.

A request is signed over method, request target, authority and the digest of its body, with key id,
instant and nonce; an answer over its status, the digest of its body, and the request it answers.
The library parses and checks; what it would ask the machine's clock for is asked of ours here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from shared.crypto.keys import SigningKey
from shared.errors import NotSignedInError

WINDOW = timedelta(seconds=300)
"""How far the instant of a signature may lie from ours."""
REQUEST_PARTS = ("@method", "@request-target", "@authority")
DIGEST_PART = "content-digest"
ANSWER_PARTS = ("@status", DIGEST_PART, '"@method";req', '"@request-target";req')
LABEL = "wenxiao"
SHORTEST_NONCE = 16
LONGEST_NONCE = 200


class SignatureRefusedError(NotSignedInError):
    """A request that must be signed and is not, or not as it must be; `why` is for the caller."""

    code: ClassVar[str] = "signature_refused"
    sentence: ClassVar[str] = "请求签名不成立：{why}；请按接口说明对本次请求重新签名。"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it is signed; `url` is absolute and has path and query as they were sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """An answer as it is signed, with the request it answers; its headers are added to."""

    status_code: int
    request: SignedRequest
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """What a genuine signature says."""

    key_id: str
    nonce: str
    created: datetime


class _Keys(HTTPSignatureKeyResolver):
    """The keys of one client; the other direction's is given to the signer."""

    def __init__(self, public: Mapping[str, str], private: SigningKey | None = None) -> None:
        self._public, self._private = public, private

    def resolve_public_key(self, key_id: str) -> bytes | None:
        pem = self._public.get(key_id)
        return None if pem is None else pem.encode()

    def resolve_private_key(self, key_id: str) -> bytes:
        if self._private is None or self._private.key_id != key_id:
            raise KeyError(key_id)
        return self._private.private_pem


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, asking our clock."""

    now: datetime

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:  # noqa: ANN401
        del max_age
        created = sig_input.params.get("created")
        if type(created) is not int:
            raise InvalidSignature("created is missing")
        if abs(self.now.timestamp() - created) > WINDOW.total_seconds():
            raise InvalidSignature("created is outside the window")


def verify_request(
    request: SignedRequest, public_keys: Mapping[str, str], now: datetime
) -> VerifiedRequest:
    """Check a request against the keys its client may use (key id → PEM).

    Raises `SignatureRefusedError`. That the nonce is new is for the caller to see to.
    """
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(public_keys))
    verifier.now = now
    parts = REQUEST_PARTS + ((DIGEST_PART,) if request.body else ())
    try:
        results = verifier.verify(request, require_components=parts, body=request.body)
        (result,) = results
        nonce, key_id = result.parameters["nonce"], result.parameters["keyid"]
        created = datetime.fromtimestamp(int(result.parameters["created"]), now.tzinfo)
    except (HTTPMessageSignaturesException, KeyError, ValueError, TypeError) as error:
        raise SignatureRefusedError(why=_reason(error)) from error
    if not isinstance(nonce, str) or not SHORTEST_NONCE <= len(nonce) <= LONGEST_NONCE:
        raise SignatureRefusedError(why=f"nonce 应为 {SHORTEST_NONCE} 至 {LONGEST_NONCE} 个字符")
    return VerifiedRequest(str(key_id), nonce, created)


def sign_request(
    request: SignedRequest, key: SigningKey, *, nonce: str, now: datetime
) -> dict[str, str]:
    """Return the headers of a signed request: what a client of ours would send."""
    headers = dict(request.headers)
    if request.body:
        headers["Content-Digest"] = content_digest(request.body)
    message = SignedRequest(request.method, request.url, headers, request.body)
    parts = REQUEST_PARTS + ((DIGEST_PART,) if request.body else ())
    _sign(message, key, parts, nonce, now)
    return headers


def sign_answer(answer: SignedAnswer, key: SigningKey, *, nonce: str, now: datetime) -> None:
    """Add the signature to the answer's headers, which hold its `Content-Digest` already."""
    _sign(answer, key, ANSWER_PARTS, nonce, now)


def verify_answer(answer: SignedAnswer, public_keys: Mapping[str, str], now: datetime) -> str:
    """Return the nonce of a genuine answer to a request; raise `SignatureRefusedError`.

    The caller compares `Content-Digest` with the body and the nonce with the request's own.
    """
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(public_keys))
    verifier.now = now
    try:
        (result,) = verifier.verify(answer, require_components=ANSWER_PARTS)
        return str(result.parameters["nonce"])
    except (HTTPMessageSignaturesException, KeyError, ValueError, TypeError) as error:
        raise SignatureRefusedError(why=_reason(error)) from error


def content_digest(body: bytes) -> str:
    """Return the `Content-Digest` (RFC 9530) of a body."""
    return digest_field(hashlib.sha256(body).digest())


def digest_field(digest: bytes) -> str:
    """Return `Content-Digest` for a SHA-256 that was reckoned elsewhere."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def _sign(
    message: SignedRequest | SignedAnswer,
    key: SigningKey,
    parts: tuple[str, ...],
    nonce: str,
    now: datetime,
) -> None:
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys({}, key))
    signer.sign(
        message,
        key_id=key.key_id,
        created=now,
        nonce=nonce,
        label=LABEL,
        covered_component_ids=parts,
        use_existing_digest=DIGEST_PART in parts,
    )


def _reason(error: Exception) -> str:
    """Return why in Chinese, as far as it helps whoever signs; no secrets are in it."""
    text = str(error)
    if "window" in text:
        return f"签名时间与本系统相差超过 {int(WINDOW.total_seconds())} 秒"
    if "to be present" in text or "missing" in text.lower():
        return "缺少签名或签名参数"
    return "签名、摘要或所签内容与请求不符"
