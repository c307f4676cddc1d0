"""The trail of acts: written, sealed into a chain, exported, verified."""
