"""Names of the rules code asks a pack for; the loader refuses a pack that lacks one."""

from __future__ import annotations

from enum import StrEnum


class DeadlineName(StrEnum):
    """Deadlines every pack has."""

    TARGET_DECLARATION = "target_declaration"
    """Units hand in the targets of budget year N."""
    TARGET_REVIEW = "target_review"
    """One stage of the review; counted from the day the target reached it."""
    TARGET_REVISION = "target_revision"
    """A target sent back is to be revised; counted from the day it was sent back."""
    MONITORING_REPORT = "monitoring_report"
    """Units hand in the monitoring table of budget year N."""
    MONITORING_REVIEW = "monitoring_review"
    """One stage of the review; counted from the day the table reached it."""
    MONITORING_REVISION = "monitoring_revision"
    """A table sent back is to be revised; counted from the day it was sent back."""
    SELF_EVALUATION_REPORT = "self_evaluation_report"
    """Units hand in the self-evaluation of budget year N."""
    SELF_EVALUATION_REVIEW = "self_evaluation_review"
    """One stage of the review; counted from the day the form reached it."""
    SELF_EVALUATION_REVISION = "self_evaluation_revision"
    """A form sent back is to be revised; counted from the day it was sent back."""
    SELF_EVALUATION_PUBLICATION = "self_evaluation_publication"
    """Units publish the self-evaluation report of budget year N."""
    CORRECTION = "correction"
    """A deviation is to be put right; counted from the day it was ordered."""
    NOTICE_RECEIPT = "notice_receipt"
    """A unit signs for a rectification notice; counted from the day of issue."""
    RECTIFICATION_REPORT = "rectification_report"
    """Default date of the rectification report; counted from the day of the notice."""
    CLUE_RECEIPT = "clue_receipt"
    """A body signs for a clue transferred to it; counted from the day of the letter."""
    CLUE_FEEDBACK = "clue_feedback"
    """It feeds back what it did with the clue; counted from the day of the receipt."""
    SHARING_CHECK = "sharing_check"
    """A request for shared data is checked; counted from the day it was submitted."""
    SHARING_ANSWER = "sharing_answer"
    """The provider answers a checked request; counted from the day it passed the check."""
    SHARING_ANSWER_UNCATALOGUED = "sharing_answer_uncatalogued"
    """The same for what is not in the catalogue."""


class WindowName(StrEnum):
    """Windows every pack has."""

    TARGET_DECLARATION = "target_declaration"
    TARGET_ADJUSTMENT = "target_adjustment"
    MONITORING = "monitoring"
