"""``python -m gravity_lint``: the same as the ``gravity-lint`` program."""

import sys

from gravity_lint.cli import main

if __name__ == "__main__":
    sys.exit(main())
