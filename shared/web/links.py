"""The one registry of addresses that pages of one service give to pages of another.

Services do not import one another, so no `url_for` reaches across. `tests/architecture` holds
every address against the routes of the service it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

LINKS: Mapping[str, str] = {
    # oversight
    "oversight.desk": "/",
    "oversight.sign_in": "/sign-in",
    "oversight.sign_out": "/sign-out",
    "oversight.units": "/oversight/units",
    "oversight.unit": "/oversight/units/{id}",
    "oversight.unit_import": "/oversight/units/import",
    "oversight.offices": "/oversight/offices",
    "oversight.accounts": "/oversight/accounts",
    "oversight.account": "/oversight/accounts/{id}",
    "oversight.posts": "/oversight/posts",
    "oversight.post": "/oversight/posts/{id}",
    "oversight.handover": "/oversight/posts/{id}/handover",
    "oversight.sessions": "/oversight/sessions",
    "oversight.clients": "/oversight/clients",
    "oversight.policies": "/oversight/policies",
    "oversight.policy": "/oversight/policies/{code}",
    "oversight.calendar": "/oversight/calendar",
    "oversight.trail": "/oversight/trail",
    "oversight.events": "/oversight/events",
    "oversight.finding": "/oversight/findings/{year}/{id}",
    "oversight.findings": "/oversight/findings",
    "oversight.finding_new": "/oversight/findings/new",
    "oversight.notices": "/oversight/notices",
    "oversight.notice_new": "/oversight/notices/new",
    "oversight.notice": "/oversight/notices/{year}/{id}",
    "oversight.cockpit": "/oversight/cockpit",
    "oversight.deadlines": "/oversight/deadlines",
    "oversight.sharing": "/oversight/sharing",
    "oversight.share_request": "/oversight/sharing/{year}/{id}",
    "oversight.annual_plan": "/oversight/annual-plan",
    "oversight.joint_actions": "/oversight/joint-actions",
    "oversight.joint_action": "/oversight/joint-actions/{year}/{id}",
    "oversight.joint_action_task": "/oversight/joint-actions/tasks/{year}/{id}",
    "oversight.today": "/oversight/today",
    "oversight.escalations": "/oversight/escalations",
    "oversight.escalation": "/oversight/escalations/{year}/{id}",
    "oversight.ledger_views": "/oversight/ledger/views",
    "oversight.ledger_batches": "/oversight/ledger/batches",
    "oversight.ledger_batch": "/oversight/ledger/batches/{id}",
    "oversight.rectification_report": "/oversight/rectification-report",
    "oversight.accountability_cases": "/oversight/accountability",
    "oversight.accountability_new": "/oversight/accountability/new",
    "oversight.accountability": "/oversight/accountability/{year}/{id}",
    "oversight.accountability_task": "/oversight/accountability/tasks/{year}/{id}",
    "oversight.clues": "/oversight/clues",
    "oversight.clue_new": "/oversight/clues/new",
    "oversight.clue": "/oversight/clues/{year}/{id}",
    "oversight.responsibility": "/oversight/responsibility",
    # target
    "target.projects": "/target/projects",
    "target.project": "/target/projects/{year}/{id}",
    "target.targets": "/target/targets",
    "target.target": "/target/targets/{year}/{id}",
    "target.gate": "/target/gate",
    "target.indicators": "/target/indicators",
    "target.glance": "/target/glance",
    # monitoring
    "monitoring.reports": "/monitoring/reports",
    "monitoring.report": "/monitoring/reports/{year}/{id}",
    "monitoring.execution": "/monitoring/execution",
    "monitoring.progress": "/monitoring/progress",
    "monitoring.glance": "/monitoring/glance",
    # evaluation
    "evaluation.self_evaluations": "/evaluation/self-evaluations",
    "evaluation.self_evaluation": "/evaluation/self-evaluations/{year}/{id}",
    "evaluation.progress": "/evaluation/progress",
    "evaluation.glance": "/evaluation/glance",
    "evaluation.objects": "/evaluation/objects",
    "evaluation.form_checks": "/evaluation/form-checks",
    "evaluation.form_batch": "/evaluation/form-checks/{id}",
    "evaluation.object": "/evaluation/objects/{year}/{id}",
}
"""Name (`<business>.<thing>`) → path; `{…}` stands for a value."""


def link(name: str, /, query: Mapping[str, object] | None = None, **values: object) -> str:
    """Return the address called `name`, its values escaped: `link("target.projects")`.

    Raises `KeyError` for an unknown name or a value the path needs and did not get.
    """
    escaped = {key: quote(str(value), safe="") for key, value in values.items()}
    path = LINKS[name].format_map(escaped)
    asked = {key: value for key, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(asked)}" if asked else path
