"""The form check (真实性复核): one published or submitted form, recomputed.

Y25-5.4, YC23-5.2, SL21-7.3: a form must be true before its score counts. The check re-computes
what a form claims and reports every disagreement; it never changes a figure, needs no database
and knows only what is printed on the form and, where one is named, a scoring scheme.
"""

from services.eval_svc.domain.form_check.check import check_form
from services.eval_svc.domain.form_check.document import form_from
from services.eval_svc.domain.form_check.report import CheckReport, FormFinding

__all__ = ["CheckReport", "FormFinding", "check_form", "form_from"]
