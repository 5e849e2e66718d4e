"""The report on understanding: measures as lines for programs, and a page with charts for people."""
