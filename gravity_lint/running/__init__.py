"""A run, from the named paths to a report: policy, loading, judging, mending."""
