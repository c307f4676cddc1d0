"""绩效目标 target service: projects, indicator library, targets, their review, the budget gate."""
