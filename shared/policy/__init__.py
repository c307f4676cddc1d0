"""A locality's rules as versioned data: packs, their loader, the active ones, deadlines."""
