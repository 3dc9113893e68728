"""What a team has set: the files, their settings and schema, and which rules are on."""
