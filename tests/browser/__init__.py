"""The product in a real browser: shopper and agent side by side."""
