"""Turns facts into messages and sends them."""
