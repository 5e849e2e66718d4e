"""The web door: the widget's socket, its long-poll fallback, and the visitor's token."""
