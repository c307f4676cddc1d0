"""What every service but their owner hears for the frame's sake: units, rules, calendar, keys."""

from __future__ import annotations

from shared.access.keys import learn_revocation, learn_signing_key
from shared.calendar_store import learn_calendar_day
from shared.directory.learn import learn_unit
from shared.events import oversight
from shared.policy.active import learn_policy
from shared.runtime.module import Handler

FRAME_HANDLERS: dict[str, Handler] = {
    oversight.UNIT_REGISTERED: learn_unit,
    oversight.UNIT_CHANGED: learn_unit,
    oversight.POLICY_ACTIVATED: learn_policy,
    oversight.CALENDAR_CHANGED: learn_calendar_day,
    oversight.SIGNING_KEY_PUBLISHED: learn_signing_key,
    oversight.SESSION_REVOKED: learn_revocation,
}
