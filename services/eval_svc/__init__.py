"""绩效评价 evaluation service: what is to be evaluated, and what came of it."""
