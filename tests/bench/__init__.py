"""Measures of the whole product; `make bench` prints one line a measure and writes build/bench.json."""
