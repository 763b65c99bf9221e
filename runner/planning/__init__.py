"""From compiled people and the ledger's history to a plan: buckets, approvals, tasks, digests, guards, review. Pure."""
