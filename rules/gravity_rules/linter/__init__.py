"""Rules about the linter itself: suppressions and files that do not parse (0xx)."""
