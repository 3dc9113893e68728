"""``python -m gravity_lint``: the same as the ``gravity-lint`` program."""

import os
import sys

if __name__ == "__main__":
    if sys.path[:1] == [os.getcwd()]:
        # Python puts the working directory in front; what is linted must not be imported.
        del sys.path[0]
    from gravity_lint.cli import main

    sys.exit(main())
