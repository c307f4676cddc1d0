"""Forms good enough to be read: so that scope is what refuses them."""

from __future__ import annotations

from collections.abc import Mapping

_TARGET = "/target/targets/<int:year>/<uuid:target_id>"

_PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAUYXXzibwSTigaG3WGcgqkGhT5U75e4qY4iqFM6+zMJs=\n"
    "-----END PUBLIC KEY-----\n"
)
_SHARE = "/oversight/sharing/<int:year>/<uuid:request_id>"
_ASKED = {
    "purpose": "预算执行审计",
    "basis": "岳审通〔2023〕1号",
    "target": "annual_goal",
    "years": "2023",
    "wanted_until": "2023-12-31",
    "version": "1",
}

BODIES: Mapping[str, Mapping[str, str]] = {
    "POST /oversight/clients/<uuid:client_id>/keys": {"public_pem": _PEM},
    "POST /oversight/units/import/confirm": {"digest": "digest"},
    "POST /oversight/sessions/<uuid:session_id>/revoke": {"reason": "疑似冒用"},
    "POST /oversight/units/<uuid:unit_id>/head": {
        "name": "新任",
        "started_on": "2023-10-01",
        "document_number": "任字〔2023〕2号",
    },
    "POST /oversight/accounts/<uuid:account_id>/lock": {"reason": "离岗"},
    "POST /oversight/accounts/<uuid:account_id>/unlock": {"reason": "返岗"},
    f"POST {_SHARE}/edit": _ASKED,
    f"POST {_SHARE}/answer": {"act": "clear", "version": "1"},
    f"POST {_SHARE}/reply": {"act": "withdraw", "version": "1"},
    f"POST {_SHARE}/grant": {
        "target": "annual_goal",
        "years": "2023",
        "expires_on": "2023-12-31",
        "version": "1",
    },
    "POST /oversight/annual-plan/items/<int:year>/<uuid:item_id>/withdraw": {
        "version": "1",
        "reason": "并入另一项",
    },
    "POST /oversight/annual-plan/<int:year>/<uuid:finance_item_id>/<uuid:audit_item_id>": {
        "version": "0",
        "status": "joint",
        "note": "联合进点",
    },
    "POST /target/targets/new": {"year": "year", "project_id": "project_id"},
    f"POST {_TARGET}/advance": {"act": "reopen", "version": "1", "reason": "请补充。"},
}
"""Route → the form's fields; a value that names an id stands for it. APIs: see `body_for`."""
