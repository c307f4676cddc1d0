"""Event types, their schemas and their envelope; whoever loads any of it has every type declared.

A task's events are named from parts (`target` + `.task.opened.v1`), so that the names alone would
not bring the file that declares them.
"""

from shared.events import evaluation, monitoring, oversight, target

__all__ = ["evaluation", "monitoring", "oversight", "target"]
