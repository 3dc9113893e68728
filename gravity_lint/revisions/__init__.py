"""What git knows: revisions, what changed between them, and the files as they were."""
