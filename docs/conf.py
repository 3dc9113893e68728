"""How Sphinx makes the documentation site (`make site`)."""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

from gravity_lint import __version__
from gravity_lint.addresses import DOCUMENTATION, REPOSITORY

project = "gravity-lint"
release = version = __version__
html_baseurl = f"{DOCUMENTATION}/"
html_title = f"gravity-lint {__version__}"

extensions = ["myst_parser"]
nitpicky = True
# A language that nobody colours is no mistake; links are what must hold.
suppress_warnings = ["misc.highlighting_failure"]
# A link to a heading leads to what GitHub calls it, too, so pages read the same in the repository.
myst_heading_anchors = 3

html_theme = "furo"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"source_view_link": f"{REPOSITORY}/blob/main/docs/{{filename}}"}
highlight_language = "text"

_OUTSIDE = re.compile(r"\]\((\.\./[^)#\s]+)")


def setup(app: Sphinx) -> None:
    """Let links that leave this directory lead to the repository, and schemas be where they say."""
    app.connect("source-read", _lead_outside)
    app.connect("build-finished", _publish_schemas)


def _lead_outside(app: Sphinx, name: str, content: list[str]) -> None:
    here = Path(app.srcdir, name).parent
    top = Path(app.srcdir).parent

    def address(link: re.Match[str]) -> str:
        target = (here / link[1]).resolve()
        if not target.exists() or target.is_relative_to(app.srcdir):
            return link[0]
        kind = "tree" if target.is_dir() else "blob"
        return f"]({REPOSITORY}/{kind}/main/{target.relative_to(top).as_posix()}"

    content[0] = _OUTSIDE.sub(address, content[0])


def _publish_schemas(app: Sphinx, error: Exception | None) -> None:
    if error is None:
        shutil.copytree(
            Path(app.srcdir, "schemas"), Path(app.outdir, "schemas"), dirs_exist_ok=True
        )
