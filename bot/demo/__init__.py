"""The show: a shop page and the workspace side by side, with questions and orders to click."""
