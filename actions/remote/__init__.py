"""A shop over HTTP: the contract (docs/shop-api.json), its client, and a server that keeps it."""
