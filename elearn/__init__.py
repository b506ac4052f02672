"""Safeguarding e-learning: seven-minute briefings, courses, evidence, gated tools, certificates."""
