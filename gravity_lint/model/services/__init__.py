"""Services, repositories and their sessions: how they are built, what they do, whom they know."""
