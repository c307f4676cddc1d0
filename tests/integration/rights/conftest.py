"""The one who asks, shared by the tests of this folder."""

from __future__ import annotations

import pytest
from asking import Asker
from fixtures.county import County


@pytest.fixture(scope="session")
def asker(county: County) -> Asker:
    return Asker(county)
