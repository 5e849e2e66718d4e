"""What the shop knows and tells that is about no order: entries, their search, and the help page."""
