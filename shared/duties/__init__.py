"""Duties: what units must hand in by a date, electronically and on paper, and who still owes it.

Monitoring reports and self-evaluations are duties. Here stands what does not depend on which.
"""
