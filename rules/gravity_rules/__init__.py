"""The Gravity rule pack: one module per rule, grouped by the patterns document's sections."""

__gravity_lint_rules__ = True
