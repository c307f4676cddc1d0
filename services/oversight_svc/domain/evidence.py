"""Which step of a finding a file belongs to."""

from __future__ import annotations

from enum import StrEnum


class AttachedTo(StrEnum):
    """The step a file was brought for."""

    NOTICE = "notice"
    RECEIPT = "receipt"
    PLAN = "plan"
    PROGRESS = "progress"
    REPORT = "report"
    REPORT_SCAN = "report_scan"
    DISPUTE = "dispute"
    RECHECK = "recheck"
    RECOGNITION = "recognition"
    LOOK_BACK = "look_back"
    RE_QUESTION = "re_question"
    URGING = "urging"
    REFUSAL = "refusal"


UNIT_EVIDENCE = (AttachedTo.PLAN, AttachedTo.PROGRESS, AttachedTo.REPORT)
"""What counts as evidence of rectification: signed papers do not."""
