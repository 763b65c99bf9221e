"""What people and machines read: text and JSON of problems, plans, outcomes and standings. Blind: counts, never people."""
