"""What is said of imports is what Python does when it runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.code.imports import own_imports

LAYOUT = {
    "app/__init__.py": "from app.core import config as configuration\n",
    "app/api/__init__.py": "",
    "app/core/__init__.py": (
        "from .config import *\nfrom app.core.database import get_db, Base as Model\n"
    ),
    "app/core/config.py": (
        "from typing import TYPE_CHECKING\n"
        "import os.path, json as encoder\n"
        "if TYPE_CHECKING:\n    from decimal import Decimal\n"
        "__all__ = ['settings', 'tune']\n"
        "settings = {}\n_secret = hidden = ''\n"
        "first, (second, *rest) = 1, (2, 3)\n"
        "def tune():\n    global tuned\n    tuned = 1\n"
        "tune()\n"
        "for number in (1, 2):\n    pass\n"
        "with open(os.devnull) as stream:\n    (size := 3)\n"
        "try:\n    import tomllib_of_nobody as toml\nexcept ImportError:\n    toml = None\n"
        "match settings:\n    case {**others}:\n        pass\n"
        "async def load(): ...\n"
        "class Settings:\n    inner = 1\n"
        "note: str\n"
    ),
    "app/core/database.py": "class Base: ...\ndef get_db(): ...\n",
    "app/core/lazy.py": "def __getattr__(name):\n    return name\n",
    "app/core/table.py": "globals().update(users=1)\n",
    "app/core/unstarred.py": "public = 1\n_private = 2\n",
    "app/core/starring.py": "from app.core.unstarred import *\n",
    "app/jobs.py": "run = 1\n",  # Python takes the package beside it
    "app/jobs/__init__.py": "start = 1\n",
    "app/plain/one.py": "value = 1\n",
    "app/plain/deeper/two.py": "value = 2\n",
    "toolbox.py": "hammer = 1\n",
}
STATEMENTS = """
from app import configuration, core, api
from app import nothing
from app import plain
from app.plain import one
from app.plain import three
from app.plain.one import value
from app.plain.one import other
from app.plain.deeper import two
from app.plain.deeper.two import value
from app.plain.deeper.three import value
import app.plain.one
import app.plain.three
import app.core.config as settings
import app.core.nothing
from app.core import settings
from app.core import hidden
from app.core import _secret
from app.core import tune
from app.core import Settings
from app.core import get_db, Model
from app.core import Base
from app.core import config, database
from app.core.config import hidden, _secret, first, second, rest, number, stream, size, toml
from app.core.config import os, encoder
from app.core.config import json
from app.core.config import path
from app.core.config import tuned
from app.core.config import others
from app.core.config import load, Settings
from app.core.config import inner
from app.core.config import Decimal
from app.core.config import note
from app.core.config import __name__, __doc__, __file__
from app.core.config.inner import nothing
from app.core.config import *
from app.core.nothing import *
from app.core.lazy import anything
from app.core.lazy.deeper import anything
from app.core.table import users
from app.core.starring import public
from app.core.starring import _private
from app.jobs import start
from app.jobs import run
from . import nothing
from . import probe_0
from .. import core, jobs
from .. import nothing
from ..core import settings
from ..core import nothing
from ..core.config import settings as tuned
from ..core.nothing import settings
from ..nothing import settings
from ..plain import three
from .nothing import settings
from toolbox import hammer
from toolbox import anvil
import toolbox
import toolbox.anvil
""".strip().splitlines()
NOT_KNOWN = {
    "from app.core.config import tuned",
    "from app.core.lazy import anything",
    "from app.core.table import users",
}
NO_SUBJECT = {
    # What a directory binds is not known, nor is a module that is not in view.
    "from app.plain import one",
    "from app.plain import three",
    "from app.plain.deeper import two",
    "from app.plain.deeper.three import value",
    "from app.core.config import *",
    "from app.core.config.inner import nothing",
    "from app.core.nothing import *",
    "from app.core.lazy.deeper import anything",
    "from ..core.nothing import settings",
    "from ..nothing import settings",
    "from ..plain import three",
    "from .nothing import settings",
}

PROBE = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
answers = []
for number in range(int(sys.argv[2])):
    try:
        importlib.import_module(f"app.api.probe_{number}")
        answers.append(None)
    except ImportError as error:
        answers.append(type(error).__name__)
print(json.dumps(answers))
"""


def test_each_import_succeeds_or_fails_as_is_said(tmp_path: Path) -> None:
    probes = {f"app/api/probe_{n}.py": f"{line}\n" for n, line in enumerate(STATEMENTS)}
    files = {**LAYOUT, **probes}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    asked = [sys.executable, "-I", "-c", PROBE, str(tmp_path), str(len(STATEMENTS))]
    run = subprocess.run(asked, capture_output=True, text=True, check=True)
    happened = dict(zip(STATEMENTS, json.loads(run.stdout), strict=True))

    said: dict[str, list[bool | None]] = {line: [] for line in STATEMENTS}
    raised: dict[str, str | None] = dict.fromkeys(STATEMENTS)
    for own in own_imports(cases.service_of(files, Settings())):
        line = probes.get(own.module.relative, "").strip()
        if line:
            said[line].append(own.is_bound)
            if own.is_bound is False:
                raised[line] = "ImportError"

    silent = {line for line, answers in said.items() if not answers}
    assert silent == {line for line in STATEMENTS if line.startswith("import ")} | NO_SUBJECT
    assert {line for line, answers in said.items() if None in answers} == NOT_KNOWN
    known = [line for line in STATEMENTS if line not in NOT_KNOWN | silent]
    assert {line: raised[line] for line in known} == {line: happened[line] for line in known}
    assert sum(happened[line] is not None for line in known) > 12
