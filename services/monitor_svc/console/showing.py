"""Small pieces several pages of this service show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from services.monitor_svc.domain.states import ReportState
from services.monitor_svc.store.reports import ReportRow
from shared.terms import label_of, labels
from shared.terms.vocabulary import Light as LightName
from shared.web.console.views import Badge, Light, LightColour, Tone

_TONES: Mapping[ReportState, Tone] = {
    ReportState.OPEN: "grey",
    ReportState.DRAFT: "blue",
    ReportState.DEPT_REVIEW: "orange",
    ReportState.FIN_OFFICE_REVIEW: "orange",
    ReportState.AGGREGATED: "green",
    ReportState.CORRECTING: "red",
    ReportState.CLOSED: "green",
}


def state_badge(report: ReportRow) -> Badge:
    """Return the state; a draft that was sent back says so."""
    state = ReportState(report.state)
    if state is ReportState.DRAFT and report.return_reason:
        return Badge("被退回", "red")
    return Badge(label_of(state), _TONES[state])


def lamp(light: str) -> Light:
    """Return a stored light as it is shown."""
    colour = "grey" if light == LightName.NONE else light
    return Light(cast("LightColour", colour), labels("light")[light])
