"""Back to a point in time, the broker ahead of the databases or empty: nothing twice, nothing lost.

The longer run with figures is `make restore-drill`.
"""

from __future__ import annotations

import pytest
from restore_drill import drill

EVENTS = 160


@pytest.mark.parametrize("broker", ["ahead", "empty"])
def test_everything_known_at_the_point_happens_once(broker_url: str, broker: str) -> None:
    found = drill(broker_url, broker, events=EVENTS)

    assert found.lost == EVENTS // 2
    assert found.on_their_way > 0
    assert found.told_again >= found.on_their_way
    assert (found.missing, found.doubled, found.phantoms, found.out_of_order) == (0, 0, 0, 0)
    assert found.lost_heads == 1
    assert found.chain_findings == []
    assert found.proven == found.records == EVENTS + EVENTS // 4


@pytest.mark.parametrize(("broker", "seen"), [("ahead", "phantoms"), ("empty", "missing")])
def test_the_drill_notices_when_nobody_reconciles(broker_url: str, broker: str, seen: str) -> None:
    found = drill(broker_url, broker, events=EVENTS, reconciles=False)

    assert getattr(found, seen) > 0
    assert found.chain_findings
