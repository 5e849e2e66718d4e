"""The record: what outlives the live store, in SQL."""
