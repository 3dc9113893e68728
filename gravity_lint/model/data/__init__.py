"""Sessions, statements and entities: what the app does with its database."""
