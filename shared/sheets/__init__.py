"""Excel in and out: read uploads safely, give them back marked, write lists and templates."""
