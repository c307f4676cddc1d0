"""Checks a form's JSON document with the figures of the policy packs that are shipped.

The check is stateless: the same document gives the same answer on every installation, in the API,
on the command line, beside the form and on the review page.
"""

from __future__ import annotations

from functools import cache

from services.eval_svc.domain.form_check import CheckReport, check_form, form_from
from services.eval_svc.domain.form_check.rules import CheckRules
from services.eval_svc.domain.form_check.schemes import rules_from
from shared.policy.loader import known_schemes

CUSTOMARY = "national-2020"


def check_document(document: object) -> CheckReport:
    """Return what the check finds on a form in the contract's JSON.

    Raises `UnreadableFormError` with every place of a document that cannot be read.
    """
    rules = check_rules()
    return check_form(form_from(document, frozenset(rules.schemes)), rules)


@cache
def check_rules() -> CheckRules:
    """Return the customary figures (财预〔2020〕10号), as the national scheme states them."""
    return rules_from(known_schemes(), CUSTOMARY)
