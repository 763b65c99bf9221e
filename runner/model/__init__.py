"""Frozen values that every layer speaks of: campaigns, settings, tasks, plans, ledger entries. No behaviour with effects."""
