"""The canonical ledger: what a journey left behind, told the same whichever way it ran."""
