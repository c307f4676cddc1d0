"""The indicator library's first entries, published from the example's templates (HC5.2)."""

from __future__ import annotations

from services.example.people import read_data
from services.example.stage import REGION, Stage
from services.target_svc.store.library import LibraryIndicatorRow
from shared.ids import new_id


def fill_library(stage: Stage) -> None:
    """Publish one entry for each template row; names shared by sectors stay separate entries."""
    with stage.databases["target_svc"].begin() as uow:
        number = 0
        for sector, template in read_data("indicators").items():
            for level1, level2, name, operator, value, unit, *_ in template["rows"]:
                number += 1
                uow.session.add(
                    LibraryIndicatorRow(
                        region_code=REGION,
                        indicator_id=new_id(),
                        version=1,
                        code=f"ZB{number:04d}",
                        sector=sector,
                        level1=level1,
                        level2=level2,
                        name=name,
                        operator=operator,
                        standard_value=value,
                        unit=unit,
                        definition="",
                        basis_source="示例",
                        state="published",
                        changed_at=stage.clock.now(),
                    )
                )
