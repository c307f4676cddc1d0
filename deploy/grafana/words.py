"""Chinese words for what the labels of series say, taken from where the program has them."""

from __future__ import annotations

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ladder import KIND_OF_TASK
from services.oversight_svc.domain.sharing_states import ShareState
from services.registry import all_modules
from shared.policy.loader import available_packs
from shared.terms import label, label_of
from shared.terms.vocabulary import BudgetBook, ShareEntry

SERVICES = {module.name: module.title for module in all_modules()}
LEASES = {
    f"{name} {lease}": f"{title} {word}"
    for name, title in SERVICES.items()
    for lease, word in (("relay", "转发"), ("scheduler", "定时"))
}
LEVELS = {
    "http_errors": ("不出错", 0.001, "HttpErrorsBurnBudget"),
    "http_slow": ("1 秒内应答", 0.01, "HttpSlownessBurnsBudget"),
    "events_late": ("5 秒内办完事件", 0.005, "EventDelayBurnsBudget"),
}
STATES = {state.value: label_of(state) for state in FindingState}
BOOKS = {book.value: label_of(book) for book in BudgetBook}
ENTRIES = {entry.value: label_of(entry) for entry in ShareEntry}
REQUESTS = {state.value: label_of(state) for state in ShareState}
KINDS = {kind: label("task_kind", kind) for kind in KIND_OF_TASK}
RUNGS = {
    rung.code: rung.title
    for pack in available_packs()
    for ladder in pack.escalation.values()
    for rung in ladder.rungs
} | {"none": "尚未升级"}
AGES = {
    "0-30": "30 天以内",
    "31-60": "31 至 60 天",
    "61-90": "61 至 90 天",
    "91-180": "91 至 180 天",
    "181+": "180 天以上",
}
STANDINGS = {"good": "有效", "expired": "到期", "revoked": "撤销"}
RECEIPTS = {"given": "已回执", "missing": "未回执"}
OUTCOMES = {"done": "办完", "failed": "失败待重试", "parked": "停放"}
REFUSALS = {
    "signature_refused": "签名不对或重放",
    "grant_ended": "授权已止",
    "not_granted": "超出授权",
    "receipt_differs": "摘要不符",
}
