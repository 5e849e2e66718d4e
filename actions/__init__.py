"""The business: what a shop knows and does, behind one port."""
