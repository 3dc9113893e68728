"""The Gravity rule pack: one module per rule, grouped by the patterns document's sections."""
