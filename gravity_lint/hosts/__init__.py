"""Other people's programs that ask the linter."""
