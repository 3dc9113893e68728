"""New rules, and packs for them: files that people go on with."""
