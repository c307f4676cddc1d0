"""What no request gets past: undeclared routes, forged posts, foreign redirects, other origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from shared.access.rights import load_rights
from shared.db.engine import open_engine
from shared.errors import ConflictError, UnavailableError
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.web import CSRF, KnownTokens, actor_with, bearer, cookie, web_app
from shared.web.console.context import register_console
from shared.web.csrf import FORM_COOKIE, csrf_token
from shared.web.identity import (
    SESSION_COOKIE,
    current_actor,
    set_session_cookie,
)
from shared.web.permissions import (
    OPEN_ENDPOINTS,
    UndeclaredEndpointError,
    permission,
    public,
    signed_in,
)
from shared.web.rate_limit import Limit, TokenBuckets, install_rate_limits


def pages() -> Blueprint:
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/targets")
    @permission("target.target.view")
    def targets() -> str:
        return "目标"

    @blueprint.post("/targets")
    @permission("target.target.edit")
    def edit() -> str:
        return "已保存"

    @blueprint.get("/mine")
    @signed_in
    def mine() -> dict[str, str]:
        return {"name": current_actor().name, "correlation": current_actor().correlation_id}

    @blueprint.get("/entrance")
    @public("登录页")
    def entrance() -> str:
        return csrf_token()

    @blueprint.post("/entrance")
    @public("登录页")
    def enter() -> str:
        return "欢迎"

    @blueprint.post("/token")
    @public("机器凭证，不读取 cookie", needs_form_token=False)
    def token() -> str:
        return "令牌"

    @blueprint.get("/address")
    @public("测试")
    def address() -> str:
        return f"{request.remote_addr} {request.scheme}"

    return blueprint


def failures() -> Blueprint:
    blueprint = Blueprint("failures", __name__)

    @blueprint.get("/broken")
    @signed_in
    def broken_page() -> str:
        raise ZeroDivisionError("secret detail")

    @blueprint.get("/unavailable")
    @signed_in
    def unavailable() -> str:
        raise UnavailableError

    @blueprint.get("/conflict")
    @signed_in
    def conflict() -> str:
        raise ConflictError

    return blueprint


@dataclass
class Web:
    app: Flask
    client: FlaskClient
    tokens: KnownTokens

    def as_(self, *roles: str) -> dict[str, str]:
        return cookie(self.tokens.token_for(actor_with(*roles)))


Make = Callable[..., Web]


@pytest.fixture
def make(frozen_clock: FrozenClock) -> Make:
    def build(*blueprints: Blueprint, settings: Settings | None = None) -> Web:
        engine = open_engine(make_url("postgresql+psycopg://nowhere.invalid/none"))
        app, tokens = web_app(
            engine, frozen_clock, blueprints or (pages(), failures()), settings=settings
        )
        register_console(app, title="绩效目标", clock=frozen_clock, menu=(), region_name="示例县")
        return Web(app, app.test_client(use_cookies=False), tokens)

    return build


@pytest.fixture
def web(make: Make) -> Web:
    return make()


# ── Default deny ─────────────────────────────────────────────────────────────────────────────


def test_an_undeclared_endpoint_stops_the_start(make: Make) -> None:
    blueprint = Blueprint("forgotten", __name__)
    blueprint.get("/forgotten")(lambda: "secret")
    with pytest.raises(UndeclaredEndpointError, match="forgotten"):
        make(blueprint)


def test_an_unknown_act_stops_the_start(make: Make) -> None:
    blueprint = Blueprint("misspelt", __name__)
    blueprint.get("/misspelt")(permission("target.target.veiw")(lambda: "secret"))
    with pytest.raises(UndeclaredEndpointError, match="veiw"):
        make(blueprint)


def test_a_route_added_after_the_start_is_refused(web: Web) -> None:
    web.app.add_url_rule("/late", "late", lambda: "secret")
    response = web.client.get("/late", headers=web.as_("fin_perf"))
    assert response.status_code == 500
    assert "secret" not in response.text


def test_the_routes_open_to_everybody_are_the_written_ones(make: Make) -> None:
    app = make(Blueprint("empty", __name__)).app
    open_rules = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint in OPEN_ENDPOINTS or rule.endpoint == "openapi.openapi"
    }
    assert open_rules == {each.endpoint for each in app.url_map.iter_rules()}
    assert open_rules == {
        "shell.static",
        "health.healthz",
        "health.readyz",
        "health.metrics",
        "openapi.openapi",
    }


@pytest.mark.parametrize("role", sorted(load_rights().roles))
def test_the_table_decides_for_every_role(web: Web, role: str) -> None:
    may = role in load_rights().acts["target.target.view"].roles
    response = web.client.get("/target/targets", headers=web.as_(role))
    assert response.status_code == (200 if may else 403)


def test_a_refusal_names_the_act_in_chinese(web: Web) -> None:
    response = web.client.get("/target/targets", headers=web.as_("system_admin"))
    assert response.status_code == 403
    assert "查看绩效目标" in response.text


def test_without_roles_nobody_is_signed_in(web: Web) -> None:
    response = web.client.get("/target/mine", headers=web.as_())
    assert response.status_code == 302


# ── Signing in ───────────────────────────────────────────────────────────────────────────────


def test_a_page_leads_to_sign_in_and_back(web: Web) -> None:
    response = web.client.get("/target/targets?year=2023&x=//evil.example")
    assert response.status_code == 302
    assert response.headers["Location"] == (
        "/sign-in?next=%2Ftarget%2Ftargets%3Fyear%3D2023%26x%3D%2F%2Fevil.example"
    )


def test_an_expired_session_refuses_a_post_with_advice(web: Web) -> None:
    token = web.tokens.token_for(actor_with("unit_operator"))
    web.tokens.end(token)
    response = web.client.post("/target/targets", headers=cookie(token))
    assert response.status_code == 401
    assert "重新登录" in response.text
    assert response.mimetype == "text/html"


def test_htmx_is_told_to_load_the_sign_in_page_whole(web: Web) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/target/targets?year=2023"}
    response = web.client.get("/target/mine", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in?next=%2Ftarget%2Ftargets%3Fyear%3D2023"


def test_a_bearer_token_wins_over_a_cookie(web: Web) -> None:
    headers = web.as_("fin_perf") | bearer("unknown")
    assert web.client.get("/target/mine", headers=headers).status_code == 302


# ── Forged requests ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sent", [None, "", "wrong", CSRF + "x", "测试"])
def test_a_post_by_cookie_needs_the_sessions_token(web: Web, sent: str | None) -> None:
    data = {} if sent is None else {"csrf_token": sent}
    response = web.client.post("/target/targets", headers=web.as_("unit_operator"), data=data)
    assert response.status_code == 403
    assert "校验" in response.text


def test_the_token_may_come_in_the_form_or_the_header(web: Web) -> None:
    headers = web.as_("unit_operator")
    in_form = web.client.post("/target/targets", headers=headers, data={"csrf_token": CSRF})
    in_header = web.client.post("/target/targets", headers={**headers, "X-CSRF-Token": CSRF})
    assert (in_form.status_code, in_header.status_code) == (200, 200)


def test_a_bearer_token_needs_no_form_token(web: Web) -> None:
    headers = bearer(web.tokens.token_for(actor_with("unit_operator")))
    assert web.client.post("/target/targets", headers=headers).status_code == 200


def test_a_form_before_sign_in_repeats_its_cookie(web: Web) -> None:
    shown = web.client.get("/target/entrance")
    token = shown.text
    kept = shown.headers["Set-Cookie"]
    assert f"{FORM_COOKIE}={token}" in kept
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    headers = {"Cookie": f"{FORM_COOKIE}={token}"}
    right = web.client.post("/target/entrance", headers=headers, data={"csrf_token": token})
    wrong = web.client.post("/target/entrance", headers=headers, data={"csrf_token": "other"})
    bare = web.client.post("/target/entrance")
    without_cookie = web.client.post("/target/entrance", data={"csrf_token": token})
    statuses = [each.status_code for each in (right, wrong, bare, without_cookie)]
    assert statuses == [200, 403, 403, 403]


def test_only_a_machines_address_does_without(web: Web) -> None:
    assert web.client.post("/target/token").status_code == 200


# ── Headers and cookies ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/target/entrance", "/target/none", "/target/broken"])
def test_every_answer_carries_the_security_headers(web: Web, path: str) -> None:
    headers = web.client.get(path, headers=web.as_("fin_perf")).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("secure", [False, True])
def test_the_session_cookie_is_out_of_reach(make: Make, *, secure: bool) -> None:
    web = make(settings=Settings(secure_cookies=secure))
    with web.app.test_request_context():
        response = web.app.make_response("")
        set_session_cookie(response, "abc", Settings(secure_cookies=secure), 3600)
    kept = response.headers["Set-Cookie"]
    assert kept.startswith(f"{SESSION_COOKIE}=abc;")
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    assert "Path=/" in kept
    assert ("Secure" in kept) is secure


def test_behind_tls_the_browser_is_told_to_stay(make: Make) -> None:
    web = make(settings=Settings(secure_cookies=True))
    assert "Strict-Transport-Security" in web.client.get("/target/entrance").headers


def test_forwarded_addresses_count_only_behind_the_router(make: Make) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}
    alone = make().client.get("/target/address", headers=headers)
    behind = make(settings=Settings(public_url="https://county.example")).client.get(
        "/target/address", headers=headers
    )
    assert alone.text == "127.0.0.1 http"
    assert behind.text == "198.51.100.7 https"


# ── Failures ─────────────────────────────────────────────────────────────────────────────────


def test_an_unforeseen_failure_tells_only_its_number(web: Web) -> None:
    headers = web.as_("fin_perf") | {"X-Correlation-Id": "case-17"}
    response = web.client.get("/target/broken", headers=headers)
    assert response.status_code == 500
    assert "case-17" in response.text
    assert "secret detail" not in response.text
    assert "Traceback" not in response.text
    assert "ZeroDivision" not in response.text


def test_the_correlation_id_goes_in_and_out(web: Web) -> None:
    headers = web.as_("fin_perf")
    given = web.client.get("/target/mine", headers={**headers, "X-Correlation-Id": "case-17"})
    assert given.headers["X-Correlation-Id"] == "case-17"
    assert given.get_json()["correlation"] == "case-17"
    forged = web.client.get("/target/mine", headers={**headers, "X-Correlation-Id": "a b<script>"})
    assert forged.headers["X-Correlation-Id"] != "a b<script>"
    assert len(forged.headers["X-Correlation-Id"]) == 36


def test_pages_and_documents_carry_the_same_status(web: Web) -> None:
    headers = web.as_("fin_perf")
    assert web.client.get("/target/conflict", headers=headers).status_code == 409
    unavailable = web.client.get("/target/unavailable", headers=headers)
    assert unavailable.status_code == 503
    assert unavailable.headers["Retry-After"] == "5"
    missing = web.client.get("/target/api/v1/none", headers=headers)
    assert missing.status_code == 404
    assert missing.content_type == "application/problem+json"
    assert missing.get_json()["type"] == "urn:wenxiao:problem:not_found"


def test_health_asks_nobody(web: Web) -> None:
    # Any connection from a unit test fails it, so this looks at nothing outside the process.
    assert web.client.get("/target/healthz").get_json() == {"status": "ok"}


def test_requests_are_counted_by_route_not_by_address(web: Web) -> None:
    web.client.get("/target/guess-1")
    web.client.open("/target/guess-2", method="BREW")
    text = web.client.get("/target/metrics").text
    assert 'endpoint="unknown"' in text
    assert "guess" not in text
    assert "BREW" not in text


# ── Rate limits ──────────────────────────────────────────────────────────────────────────────


def test_a_bucket_empties_and_fills() -> None:
    seconds = [0.0]
    buckets = TokenBuckets(Limit(per_second=2, burst=3), now=lambda: seconds[0])
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert buckets.take("b") == 0
    seconds[0] = 0.5
    assert [buckets.take("a") for _ in range(2)] == [0, 1]
    seconds[0] = 100
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]


def test_many_callers_do_not_fill_the_memory() -> None:
    buckets = TokenBuckets(Limit(per_second=0.001, burst=5), now=lambda: 0.0)
    for number in range(25_000):
        buckets.take(str(number))
    assert len(buckets._buckets) <= 10_001


def test_too_many_requests_are_told_when_to_come_back(make: Make) -> None:
    web = make()
    install_rate_limits(web.app, Limit(0.5, 2), Limit(0.5, 1))
    mine, other = web.as_("fin_perf"), web.as_("fin_perf")
    statuses = [web.client.get("/target/mine", headers=mine).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert web.client.get("/target/mine", headers=other).status_code == 200
    refused = web.client.get("/target/mine", headers=mine)
    assert refused.headers["Retry-After"] == "2"
    assert web.client.get("/target/healthz").status_code == 200
