"""The migrations of a ledger's schema, run by `runner.ledger.migration` on a connection that it has opened."""
