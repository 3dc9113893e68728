"""Python as it stands in the files: scopes, names, types, values, and what a service is made of."""
