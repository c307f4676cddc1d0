"""监督 oversight service: people, policy, calendar and the desk, and later findings."""
