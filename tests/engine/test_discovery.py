import os
import subprocess
from pathlib import Path

import pytest

from gravity_lint.configuration.files import Configurations
from gravity_lint.discovery.services import Discovery, discover
from gravity_lint.errors import UsageError


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return the top of a git repository, so that nothing above it matters."""
    place = tmp_path / "fleet"
    (place / ".git").mkdir(parents=True)
    return place


def lay(top: Path, *files: str) -> None:
    for name in files:
        path, _, text = name.partition(":")
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.com")


def git(top: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=top, check=True)


def found(*paths: Path, unsaved: tuple[Path, ...] = ()) -> Discovery:
    return discover(paths, Configurations().above, unsaved=unsaved)


def known(top: Path, *names: str, unsaved: tuple[Path, ...] = ()) -> dict[str, list[str]]:
    """Return the files of every service by root, relative to *top* and to the root."""
    services = found(*(top / name for name in names or ("",)), unsaved=unsaved).services
    return {
        s.root.relative_to(top).as_posix(): [f.relative_to(s.root).as_posix() for f in s.files]
        for s in services
    }


def reported(top: Path, *names: str, unsaved: tuple[Path, ...] = ()) -> list[str]:
    services = found(*(top / name for name in names or ("",)), unsaved=unsaved).services
    return [f.relative_to(top).as_posix() for s in services for f in s.reported]


# -- roots ------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.cfg", "setup.py", "gravity-lint.toml"])
def test_a_marker_makes_a_root(top: Path, marker: str) -> None:
    lay(top, f"users/{marker}", "users/app/main.py", "orders/app/main.py", "manage.py")
    files = known(top)
    assert "app/main.py" in files["users"]
    assert files["."] == ["manage.py", "orders/app/main.py"]


def test_a_module_called_setup_marks_nothing(top: Path) -> None:
    lay(top, "pyproject.toml", "app/main.py", "app/core/__init__.py", "app/core/setup.py")
    lay(top, "app/core/db/__init__.py", "scripts/setup.py", "scripts/data/x.py")
    assert list(known(top)) == ["."]


def test_files_below_a_nested_root_belong_to_it_alone(top: Path) -> None:
    lay(
        top,
        "pyproject.toml:[tool.ruff]",
        "scripts/release.py",
        "services/users/pyproject.toml",
        "services/users/app/main.py",
        "services/users/worker/pyproject.toml",
        "services/users/worker/app/main.py",
    )
    assert known(top) == {
        ".": ["scripts/release.py"],
        "services/users": ["app/main.py"],
        "services/users/worker": ["app/main.py"],
    }


def test_services_without_markers_are_kept_apart_by_their_app_directories(top: Path) -> None:
    lay(
        top,
        "pyproject.toml",
        "conftest.py",
        "services/08-email-service/app/main.py",
        "services/08-email-service/app/api/routes.py",
        "services/08-email-service/tests/test_api.py",
        "services/09-sms-service/app/api/routes.py",
        "services/10-push-service/src/app/main.py",
        "services/10-push-service/tests/test_api.py",
        "services/shared/clients.py",
    )
    assert known(top) == {
        ".": ["conftest.py", "services/shared/clients.py"],
        "services/08-email-service": ["app/api/routes.py", "app/main.py", "tests/test_api.py"],
        "services/09-sms-service": ["app/api/routes.py"],
        "services/10-push-service": ["src/app/main.py", "tests/test_api.py"],
    }


def test_which_files_are_named_does_not_matter_for_where_roots_are(top: Path) -> None:
    lay(top, "a/app/main.py", "a/app/core/db.py", "b/app/main.py")
    assert known(top, "a/app/core/db.py") == {"a": ["app/core/db.py", "app/main.py"]}
    assert known(top, "a/app/core") == {"a": ["app/core/db.py", "app/main.py"]}
    assert reported(top, "a/app/core/db.py") == ["a/app/core/db.py"]


def test_an_app_in_the_root_itself_stays_there(top: Path) -> None:
    lay(top, "app/main.py", "tests/test_app.py", "examples/demo/app/main.py")
    assert known(top) == {
        ".": ["app/main.py", "tests/test_app.py"],
        "examples/demo": ["app/main.py"],
    }


def test_an_application_in_a_package_is_imported_from_what_holds_that(top: Path) -> None:
    lay(
        top,
        "one/shop/__init__.py",
        "one/shop/app/main.py:from shop.app.routers import router",
        "one/shop/app/routers.py",
        "one/tests/test_shop.py",
        "two/src/mall/__init__.py",
        "two/src/mall/app/main.py:import mall.app.routers",
        "two/src/mall/app/routers.py",
        "three/__init__.py",
        "three/app/main.py:from app.routers import router\nfrom . import routers",
        "three/app/routers.py",
    )
    assert known(top) == {
        "one": [
            "shop/__init__.py",
            "shop/app/main.py",
            "shop/app/routers.py",
            "tests/test_shop.py",
        ],
        "two": ["src/mall/__init__.py", "src/mall/app/main.py", "src/mall/app/routers.py"],
        "three": ["__init__.py", "app/main.py", "app/routers.py"],
    }


def test_a_directory_that_no_import_can_name_is_no_package(tmp_path: Path) -> None:
    lay(tmp_path, "my-svc/__init__.py", "my-svc/app/__init__.py", "my-svc/app/main.py")
    expected = {"my-svc": ["__init__.py", "app/__init__.py", "app/main.py"]}
    assert known(tmp_path, "my-svc") == expected
    assert known(tmp_path, "my-svc/app") == {"my-svc": ["app/__init__.py", "app/main.py"]}


def test_top_level_packages_of_one_name_that_run_are_kept_apart(top: Path) -> None:
    package = ("service/__init__.py", "service/main.py")
    lay(top, *(f"{name}/{file}" for name in ("a", "b") for file in package))
    assert set(known(top)) == {"a", "b"}


@pytest.mark.parametrize(
    "files",
    [
        ["app/main.py", "app/users/models/__init__.py", "app/orders/models/__init__.py"],
        ["users/models/__init__.py", "orders/models/__init__.py"],
        ["app/main.py", "tests/app/test_main.py"],
        ["app/main.py", "tests/unit/api/__init__.py", "tests/integration/api/__init__.py"],
        ["shop/__init__.py", "shop/app/urls.py", "shop/admin/__init__.py", "shop/admin/app/a.py"],
        ["app/main.py", "app/plugins/app/main.py"],
        ["src/app/main.py", "tests/test_app.py"],
        ["users/app/main.py", "web/app/page.tsx", "web/manage.py"],
    ],
)
def test_one_service_is_not_torn_apart(top: Path, files: list[str]) -> None:
    lay(top, *files)
    assert known(top) == {".": sorted(file for file in files if file.endswith(".py"))}


def test_a_repository_is_a_root_wherever_it_is_checked_out(top: Path) -> None:
    lay(top.parent, "pyproject.toml", "other/main.py")
    lay(top, "app/main.py")
    assert known(top, "app/main.py") == {".": ["app/main.py"]}


def test_without_repository_and_marker_the_named_directory_is_the_root(tmp_path: Path) -> None:
    lay(tmp_path, "a/app/main.py", "a/tests/test_app.py", "b/x.py")
    assert known(tmp_path, "a") == {"a": ["app/main.py", "tests/test_app.py"]}


@pytest.mark.parametrize("name", ["shop/core/db.py", "shop/core", "shop"])
def test_without_repository_and_marker_a_package_is_known_as_a_whole(
    tmp_path: Path, name: str
) -> None:
    lay(tmp_path, "shop/__init__.py", "shop/core/__init__.py", "shop/core/db.py", "else/other.py")
    assert known(tmp_path, name) == {
        ".": ["shop/__init__.py", "shop/core/__init__.py", "shop/core/db.py"]
    }


def test_the_configuration_names_other_markers(top: Path) -> None:
    lay(top, 'gravity-lint.toml:service-root-markers = ["Dockerfile"]')
    lay(top, "users/Dockerfile", "users/app/main.py", "orders/pyproject.toml", "orders/x.py")
    assert known(top) == {".": ["orders/x.py"], "users": ["app/main.py"]}


def test_one_service_has_one_configuration(top: Path) -> None:
    lay(top, 'gravity-lint.toml:service-root-markers = ["Dockerfile"]', "main.py")
    lay(top, 'users/pyproject.toml:[tool.gravity-lint]\nignore = ["GRV1"]', "users/x.py")
    services = {s.name: s.configuration.settings.ignore for s in found(top).services}
    assert services == {"fleet": (), "users": ("GRV1",)}


# -- what is reported -------------------------------------------------------------------------


def test_naming_a_file_limits_what_is_reported_not_what_is_known(top: Path) -> None:
    lay(top, "app/main.py", "app/api/users.py", "app/api/orders.py")
    (service,) = found(top / "app/api/users.py").services
    assert [file.name for file in service.files] == ["orders.py", "users.py", "main.py"]
    assert service.reported == (top / "app/api/users.py",)
    assert reported(top, "app/api") == ["app/api/orders.py", "app/api/users.py"]


def test_naming_a_directory_above_services_reports_them_all(top: Path) -> None:
    lay(top, "services/a/setup.py", "services/a/x.py", "services/b/setup.py", "services/b/y.py")
    lay(top, "tool.py")
    assert reported(top, "services") == [
        "services/a/setup.py",
        "services/a/x.py",
        "services/b/setup.py",
        "services/b/y.py",
    ]


def test_order_and_repetition_of_what_is_named_do_not_matter(top: Path) -> None:
    lay(top, "a/app/x.py", "a/app/y.py", "b/app/z.py", "b/setup.cfg")
    one = found(top / "b", top / "a/app/x.py", top / "a", top / "a/app/x.py")
    other = found(top / "a", top / "b")
    assert one == other
    assert one.services == tuple(sorted(one.services, key=lambda s: s.root))


def test_only_python_files_count(top: Path) -> None:
    lay(top, "app/main.py", "app/main.pyi", "app/main.pyc", "app/README", "app/x.py/y.txt")
    assert known(top) == {".": ["app/main.py"]}


def test_paths_are_taken_from_the_working_directory(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(top, "app/main.py")
    monkeypatch.chdir(top / "app")
    (service,) = found(Path("../app/./main.py")).services
    assert service.reported == (top / "app/main.py",)


def test_a_file_that_is_not_saved_yet_is_known(top: Path) -> None:
    lay(top, "app/main.py", ".gitignore:drafts/")
    new = top / "app/api/new.py"
    assert known(top, "app/api/new.py", unsaved=(new,)) == {".": ["app/api/new.py", "app/main.py"]}
    assert reported(top, "app/api/new.py", unsaved=(new,)) == ["app/api/new.py"]
    draft = top / "drafts/new.py"
    assert reported(top, "drafts/new.py", unsaved=(draft,)) == []


def test_a_file_that_is_not_saved_yet_is_known_where_it_would_be_if_it_were(tmp_path: Path) -> None:
    """Whatever marks the root, and whether or not the directory is a package, or there."""
    lay(tmp_path, "app/__init__.py", "app/main.py", "app/core/config.py", "own/setup.cfg")
    files = [tmp_path / x for x in ("app/core/new.py", "app/data/new.py", "new.py", "own/x/new.py")]
    unsaved = known(tmp_path, unsaved=tuple(files))
    assert unsaved["."] == [
        *("app/__init__.py", "app/core/config.py", "app/core/new.py", "app/data/new.py"),
        *("app/main.py", "new.py"),
    ]
    assert known(tmp_path, "app", unsaved=tuple(files))["."] == unsaved["."][:-1]
    for file in files:
        lay(tmp_path, file.relative_to(tmp_path).as_posix())
    saved = known(tmp_path)
    assert saved == unsaved
    assert saved["own"] == ["x/new.py"]


# -- what is left out -------------------------------------------------------------------------


def test_what_git_ignores_is_left_out(top: Path) -> None:
    lay(
        top,
        ".gitignore:/generated/\n*_pb2.py\n!app/kept_pb2.py\n",
        "app/.gitignore:local.py\n!special_pb2.py\n",
        "generated/a.py",
        "app/generated/b.py",
        "app/user_pb2.py",
        "app/kept_pb2.py",
        "app/special_pb2.py",
        "app/local.py",
        "local.py",
    )
    assert known(top)["."] == [
        "app/generated/b.py",
        "app/kept_pb2.py",
        "app/special_pb2.py",
        "local.py",
    ]


def test_gitignore_counts_from_the_top_of_the_repository(top: Path) -> None:
    lay(top, ".gitignore:drafts/", "services/.gitignore:/a/old.py", "services/a/pyproject.toml")
    lay(top, "services/a/new.py", "services/a/old.py", "services/a/drafts/x.py")
    assert known(top, "services/a") == {"services/a": ["new.py"]}


def test_gitignore_above_the_repository_does_not_count(top: Path) -> None:
    lay(top.parent, ".gitignore:*.py")
    lay(top, "main.py")
    assert known(top) == {".": ["main.py"]}


def test_gitignore_can_be_disregarded(top: Path) -> None:
    lay(top, ".gitignore:a.py", "a.py", "gravity-lint.toml:respect-gitignore = false")
    assert known(top) == {".": ["a.py"]}


def test_gitignore_may_hold_any_bytes(top: Path) -> None:
    lay(top, "a.py", "b.py", "c/d.py")
    (top / ".gitignore").write_bytes(b"\xff\xfe[\x00\n!\n\n  \n[a-\n***\\\nb.py\n")
    (top / "c/.gitignore").mkdir()
    assert "b.py" not in known(top)["."]


def test_exclude_is_relative_to_the_configuration(top: Path) -> None:
    lay(
        top,
        'gravity-lint.toml:extend-exclude = ["services/*/legacy", "*_old.py", "!keep_old.py"]',
        "services/a/pyproject.toml",
        "services/a/legacy/x.py",
        "services/a/app/legacy/y.py",
        "services/a/app/z_old.py",
        "services/a/app/keep_old.py",
    )
    assert known(top, "services/a") == {"services/a": ["app/keep_old.py", "app/legacy/y.py"]}


def test_customary_directories_are_left_out(top: Path) -> None:
    lay(top, "main.py", ".venv/a.py", "node_modules/b/c.py", "x.egg-info/d.py", "build/lib/e.py")
    assert known(top) == {".": ["main.py"]}


def test_a_checkout_below_an_excluded_name_is_linted(tmp_path: Path) -> None:
    lay(tmp_path, "build/users/pyproject.toml", "build/users/app/main.py")
    assert known(tmp_path, "build/users") == {"build/users": ["app/main.py"]}


@pytest.mark.parametrize("place", ["fleet", "beside"])
def test_what_git_tracks_is_not_ignored(tmp_path: Path, place: str) -> None:
    top = tmp_path / "fleet"
    lay(top, ".gitignore:models/", "pyproject.toml", "app/main.py:import app.models.user")
    lay(top, "app/models/__init__.py", "app/models/user.py", "other/models/__init__.py")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "add", "-f", "app/models", "other/models")
    git(top, *AUTHOR, "commit", "-qm", "All")
    git(top, "worktree", "add", "-q", "../beside", "HEAD")
    lay(tmp_path / place, "app/models/mine.py")
    # What nobody imports is left out, as ever: git is not asked about it.
    assert known(tmp_path / place)["."] == [
        "app/main.py",
        "app/models/__init__.py",
        "app/models/user.py",
    ]


def test_what_git_ignores_and_does_not_track_is_told(tmp_path: Path) -> None:
    top = tmp_path / "fleet"
    lay(top, ".gitignore:models/", "pyproject.toml", "app/main.py:import app.models.user")
    lay(top, "app/models/__init__.py", "app/models/user.py")
    git(top, "init", "-q")
    git(top, "add", ".")
    discovery = found(top)
    assert [x.name for x in discovery.services[0].files] == ["main.py"]
    assert [x.path for x in discovery.notices] == [str(top / "app/models")]


def test_a_file_that_git_tracks_is_not_ignored(tmp_path: Path) -> None:
    top = tmp_path / "fleet"
    lay(top, ".gitignore:test_*.py", "pyproject.toml", "app/main.py", "tests/test_a.py")
    git(top, "init", "-q")
    git(top, "add", "-f", ".")
    lay(top, "tests/test_mine.py", "old/test_b.py", "old/.gitignore:!test_b.py")
    assert known(top)["."] == ["app/main.py", "old/test_b.py", "tests/test_a.py"]
    lay(top, 'gravity-lint.toml:extend-exclude = ["tests/"]')
    assert known(top)["."] == ["app/main.py", "old/test_b.py"]


def test_what_git_tracks_may_be_excluded(tmp_path: Path) -> None:
    top = tmp_path / "fleet"
    lay(top, ".gitignore:models/", 'gravity-lint.toml:extend-exclude = ["models/"]')
    lay(top, "app/main.py:import app.models.user", "app/models/__init__.py", "app/models/user.py")
    git(top, "init", "-q")
    git(top, "add", "-f", ".")
    assert known(top)["."] == ["app/main.py"]


def test_what_is_left_out_stays_left_out_when_it_is_named(top: Path) -> None:
    lay(top, ".gitignore:drafts/", "app/main.py", "drafts/x.py")
    assert reported(top, "drafts/x.py", "app/main.py") == ["app/main.py"]
    assert reported(top, "drafts/x.py") == []
    with pytest.raises(UsageError, match=r"drafts: no Python files to lint \(what .gitignore"):
        found(top / "drafts")


# -- links and trouble ------------------------------------------------------------------------


def test_circles_of_links_are_survived(top: Path) -> None:
    lay(top, "app/main.py")
    (top / "app/self").symlink_to(".")
    (top / "app/up").symlink_to("..")
    (top / "app/loop").symlink_to("loop")
    (top / "app/loop.py").symlink_to("loop.py")
    (top / "a").symlink_to("b")
    (top / "b").symlink_to("a")
    assert known(top) == {".": ["app/main.py"]}


def test_what_a_link_leads_to_is_known_but_not_reported(top: Path) -> None:
    lay(top, "users/setup.cfg", "users/app/main.py", "shared/errors.py", "shared/more/x.py")
    (top / "users/app/shared").symlink_to("../../shared")
    (top / "users/app/shared/more/back").symlink_to("../..")
    (top / "users/app/errors.py").symlink_to("../../shared/errors.py")
    assert known(top)["users"] == [
        "app/errors.py",
        "app/main.py",
        "app/shared/errors.py",
        "app/shared/more/x.py",
    ]
    assert reported(top) == ["shared/errors.py", "shared/more/x.py", "users/app/main.py"]


def test_a_link_within_a_service_adds_nothing(top: Path) -> None:
    lay(top, "v2/app/main.py")
    (top / "current").symlink_to("v2")
    (top / "alias.py").symlink_to("v2/app/main.py")
    assert known(top) == {".": ["v2/app/main.py"]}
    assert reported(top, "current") == ["v2/app/main.py"]
    assert reported(top, "alias.py") == ["v2/app/main.py"]


def test_links_that_lead_nowhere_are_passed_over_unless_named(top: Path) -> None:
    lay(top, "main.py")
    (top / "gone.py").symlink_to("absent.py")
    (top / "gone").symlink_to("absent")
    assert known(top) == {".": ["main.py"]}
    with pytest.raises(UsageError, match=r"gone\.py: does not exist"):
        found(top / "gone.py")


def deny(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    scandir = os.scandir

    def denying(path: str) -> "os._ScandirIterator[str]":
        if os.fspath(path) == os.fspath(directory):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denying)


def test_an_unreadable_directory_is_told_and_the_rest_goes_on(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(top, "app/main.py", "app/secret/x.py")
    deny(monkeypatch, top / "app/secret")
    discovery = found(top)
    (problem,) = discovery.problems
    assert (problem.path, problem.message) == (
        str(top / "app/secret"),
        "cannot be read: Permission denied",
    )
    assert [s.files for s in discovery.services] == [(top / "app/main.py",)]
    with pytest.raises(UsageError, match="secret: cannot be read: Permission denied"):
        found(top / "app/secret")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent.py", "does not exist"),
        ("absent/", "does not exist"),
        ("README.md", r"not a Python file \(\*\.py\)"),
        ("pipe.py", "neither a file nor a directory"),
        ("docs", "no Python files to lint"),
    ],
)
def test_what_cannot_be_linted_is_the_users_error(top: Path, name: str, words: str) -> None:
    lay(top, "main.py", "README.md", "docs/index.md")
    os.mkfifo(top / "pipe.py")
    with pytest.raises(UsageError, match=f"{name.rstrip('/')}: {words}"):
        found(top / "main.py", top / name)


def test_stubs_are_passed_over_even_when_named(top: Path) -> None:
    lay(top, "main.pyi")
    discovery = found(top / "main.pyi")
    assert discovery.services == ()
    assert "not judged" in discovery.notices[0].message


def test_odd_names_are_names(top: Path) -> None:
    lay(top, "app/ü \n*.py", "app/[x].py", ".gitignore:\\[y\\].py")
    assert known(top)["."] == ["app/[x].py", "app/ü \n*.py"]


def test_a_home_marks_nothing_for_what_lies_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    (tmp_path / "elsewhere.py").write_text("x = 1\n")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "main.py").write_text("x = 1\n")
    (service,) = discover([tmp_path / "one"], Configurations().above).services
    assert service.root == tmp_path / "one"
    assert service.files == (tmp_path / "one" / "main.py",)
    (service,) = discover([tmp_path], Configurations().above).services
    assert service.root == tmp_path


def test_a_home_with_an_application_is_a_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1\n")
    (service,) = discover([tmp_path / "app"], Configurations().above).services
    assert service.root == tmp_path


# -- configuration files and what other programs name -------------------------------------------


def test_a_configuration_below_the_root_makes_no_service(top: Path) -> None:
    lay(top, "pyproject.toml", "app/main.py", "app/api/v1/users.py", "app/api/v1/gravity-lint.toml")
    (service,) = found(top).services
    assert service.root == top
    assert service.overlays == (top / "app/api/v1",)
    assert reported(top, "app/api/v1/users.py") == ["app/api/v1/users.py"]
    assert list(known(top, "app/api/v1/users.py")) == ["."]


def test_a_configuration_in_an_application_makes_no_service_either(top: Path) -> None:
    lay(top, "app/main.py", "app/api/v1/users.py", "app/api/v1/gravity-lint.toml")
    assert list(known(top)) == ["."]
    assert list(known(top, "app/api/v1")) == ["."]


@pytest.mark.parametrize(
    "words",
    [
        "import app.billing",
        "from app.billing.core import x",
        "from app import users, billing as b",
        "from app import (\n    users,\n    billing,\n)",
        "from .billing import x",
        "from . import billing",
        "def f():\n    from app.billing import x",
    ],
)
def test_what_the_app_above_imports_is_no_root(top: Path, words: str) -> None:
    lay(top, "pyproject.toml", f"app/main.py:{words}\n", "app/billing/core.py")
    lay(top, "app/billing/pyproject.toml")
    assert known(top) == {".": ["app/billing/core.py", "app/main.py"]}
    assert list(known(top, "app/billing/core.py")) == ["."]


def test_sources_that_are_imported_by_that_name_are_no_root(top: Path) -> None:
    lay(top, "pyproject.toml", "main.py:from src.setup import make\n", "src/setup.py")
    lay(top, "src/api/__init__.py", "src/api/routes.py")
    files = ["main.py", "src/api/__init__.py", "src/api/routes.py", "src/setup.py"]
    assert known(top) == {".": files}


def test_sources_that_nobody_imports_by_that_name_may_be_one(top: Path) -> None:
    lay(top, "pyproject.toml", "main.py:from api.routes import make\n", "src/setup.py")
    lay(top, "src/api/__init__.py", "src/api/routes.py")
    assert set(known(top)) == {".", "src"}


@pytest.mark.parametrize(
    ("words", "roots"),
    [
        ("from src.api import routes", {"."}),
        ("def setup(app): ...", {"."}),
        ("from setuptools import setup", {".", "src"}),
        ("import skbuild\nskbuild.setup()", {".", "src"}),
    ],
)
def test_a_setup_that_sets_up_no_distribution_marks_nothing(
    top: Path, words: str, roots: set[str]
) -> None:
    lay(top, "pyproject.toml", f"src/setup.py:{words}\n", "src/api/__init__.py")
    lay(top, "tests/test_api.py")
    assert set(known(top)) == roots


@pytest.mark.parametrize("words", ["import app.billings", "# import app.billing", "import billing"])
def test_what_it_does_not_import_is_one(top: Path, words: str) -> None:
    lay(top, "pyproject.toml", f"app/main.py:{words}\n", "app/billing/core.py")
    lay(top, "app/billing/pyproject.toml", "tests/test_x.py:import app.billing\n")
    assert set(known(top)) == {".", "app/billing"}


def test_what_another_program_names_is_no_mistake(top: Path) -> None:
    lay(top, "pyproject.toml", "app/main.py", "bin/tool:#!/usr/bin/env python", "docs/index.md")
    named = [top / "bin/tool", top / "docs", top / "gone.py", top / "app", top / "a:b"]
    discovery = discover(named, Configurations().above, forgiving=True)
    assert [f.name for s in discovery.services for f in s.reported] == ["main.py"]
    assert discover(named[:2], Configurations().above, forgiving=True).services == ()


def test_a_named_configuration_file_stands_for_its_directory(top: Path) -> None:
    lay(top, "a/pyproject.toml", "a/app/main.py", "b/pyproject.toml", "b/app/main.py")
    assert reported(top, "a/pyproject.toml") == ["a/app/main.py"]


def test_a_broken_configuration_stops_only_what_it_governs(top: Path) -> None:
    lay(top, "a/gravity-lint.toml:selekt = []", "a/app/main.py")
    lay(top, "b/gravity-lint.toml:select = []", "b/app/main.py")
    discovery = found(top)
    assert [s.name for s in discovery.services] == ["b"]
    assert [s.name for s, _ in discovery.broken] == ["a"]
    (problem,) = discovery.problems
    assert problem.path == str(top / "a/gravity-lint.toml")
    assert "did you mean 'select'?" in problem.message


def test_patterns_of_the_command_line_count_from_the_working_directory(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(top, "a/pyproject.toml", "a/app/main.py", "a/app/old.py", "b/pyproject.toml", "b/old.py")
    monkeypatch.chdir(top)

    def left(*patterns: str) -> list[str]:
        services = discover([top], Configurations().above, exclude=patterns).services
        return [f.relative_to(top).as_posix() for s in services for f in s.reported]

    assert left("a/app/old.py") == ["a/app/main.py", "b/old.py"]
    assert left("old.py", "!b/old.py") == ["a/app/main.py", "b/old.py"]
    assert left("/b") == ["a/app/main.py", "a/app/old.py"]


def test_a_package_that_is_called_like_a_build_belongs_to_who_imports_it(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "",
        "app/__init__.py": "",
        "app/main.py": "from app.works.env.routes import router\nfrom app import build\n",
        "app/works/__init__.py": "",
        "app/works/env/__init__.py": "",
        "app/works/env/routes.py": "from .dist import parts\n",
        "app/works/env/dist/__init__.py": "",
        "app/build/__init__.py": "",
        "app/venv/__init__.py": "",
        "app/venv/other.py": "",
        "build/lib/app/main.py": "",
        "env/lib/site.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = discover([tmp_path], Configurations().above)
    names = {str(x.relative_to(tmp_path)) for x in found.services[0].files}
    assert names == {
        name for name in files if name.startswith("app/") and not name.startswith("app/venv/")
    }
    assert found.notices == ()


@pytest.mark.parametrize(
    "left_out", [{".gitignore": "env/\n"}, {"gravity-lint.toml": 'extend-exclude = ["app/env"]\n'}]
)
def test_what_somebody_excludes_and_the_service_imports_is_told(
    tmp_path: Path, left_out: dict[str, str]
) -> None:
    files = {
        "pyproject.toml": "",
        "app/__init__.py": "",
        "app/main.py": "from .env import (\n    routes,\n)\n",
        "app/env/__init__.py": "",
        "app/env/routes.py": "",
        **left_out,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = discover([tmp_path], Configurations().above)
    assert tmp_path / "app/env/routes.py" not in found.services[0].files
    assert [problem.path for problem in found.notices] == [str(tmp_path / "app/env")]
    assert "imports it" in found.notices[0].message
