"""The one exception for whatever the user can put right."""


class UsageError(Exception):
    """The linter cannot do its job, and says why in words for the user.

    The message names the file and the key that are at fault and the likely
    cure. The command line prints it and exits with status 2.
    """
