"""What the demo shop is filled with: goods, rules and orders, all made up."""
