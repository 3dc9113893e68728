"""``gravity-lint report``: how far each service follows each pattern, as text, JSON and a page."""
