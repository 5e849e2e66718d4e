"""The program: the one place where the parts are put together, and the HTTP surface around them."""
