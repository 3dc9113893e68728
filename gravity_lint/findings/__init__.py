"""What rules have found, and the comments that excuse it."""
