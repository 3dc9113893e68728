"""What a team may set: the schema of ``[tool.gravity-lint]`` and its defaults.

`gravity_lint.configuration` reads files into these classes; the model and the
runner read from them. The defaults are the words of the patterns document.
"""

import msgspec

from gravity_lint.findings import Severity


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the configuration: unknown keys are errors, keys are spelled with hyphens."""


class Layers(_Section, frozen=True):
    """Which files form which layer: globs below the service root (``**`` crosses directories)."""

    api: tuple[str, ...] = ("**/api/**", "**/routers/**", "**/routes/**", "**/endpoints/**")
    services: tuple[str, ...] = ("**/services/**",)
    repositories: tuple[str, ...] = ("**/repositories/**",)
    models: tuple[str, ...] = ("**/models/**", "**/models.py")
    schemas: tuple[str, ...] = ("**/schemas/**", "**/schemas.py")
    core: tuple[str, ...] = ("**/core/**",)
    tests: tuple[str, ...] = ("**/tests/**", "**/test_*.py", "**/conftest.py")
    none: tuple[str, ...] = (
        "**/alembic/**",
        "**/migrations/**",
        "**/scripts/**",
        "**/examples/**",
        "**/*_pb2.py",
        "**/*_pb2_grpc.py",
    )


class Vocabulary(_Section, frozen=True):
    """What this team calls the things that the patterns document names."""

    response_wrappers: tuple[str, ...] = ("ApiResponse", "PaginatedResponse")
    paginated_wrappers: tuple[str, ...] = ("PaginatedResponse",)
    error_wrappers: tuple[str, ...] = ("ErrorResponse",)
    exception_root: str = "GravityException"
    exception_suffixes: tuple[str, ...] = ("Exception",)
    exception_modules: tuple[str, ...] = ("gravity_common.exceptions",)
    """Shared modules all of whose exception classes are domain exceptions."""
    auth_dependencies: tuple[str, ...] = (
        "get_current_user",
        "get_current_active_user",
        "get_current_superuser",
        "get_current_user_id",
        "require_role",
        "require_roles",
        "require_permission",
        "require_permissions",
        "verify_token",
        "verify_api_key",
    )
    cache_decorators: tuple[str, ...] = ("cache_result",)
    secret_words: tuple[str, ...] = (
        "password",
        "passwd",
        "token",
        "secret",
        "api_key",
        "apikey",
        "authorization",
        "credential",
        "credentials",
        "card_number",
        "cvv",
        "ssn",
        "private_key",
    )


class Endpoints(_Section, frozen=True):
    """Which endpoints the rules treat apart. Patterns are globs over the path or names."""

    operational: tuple[str, ...] = (
        "/",
        "**/health",
        "**/health/**",
        "**/healthz",
        "**/ready",
        "**/readyz",
        "**/readiness",
        "**/live",
        "**/livez",
        "**/liveness",
        "**/ping",
        "**/metrics",
        "**/metrics/**",
        "**/docs",
        "**/redoc",
        "**/openapi.json",
        "**/favicon.ico",
    )
    public: tuple[str, ...] = (
        "**/login",
        "**/login/**",
        "**/register",
        "**/signup",
        "**/refresh",
        "**/refresh-token",
        "**/token",
        "**/token/refresh",
        "**/forgot-password",
        "**/reset-password",
        "**/reset-password/**",
        "**/password-reset",
        "**/password-reset/**",
        "**/password-recovery/**",
        "**/verify-email",
        "**/verify-email/**",
    )


class Settings(_Section, frozen=True):
    """Everything under ``[tool.gravity-lint]``."""

    extend: str | None = None
    """A configuration to inherit: a path, or ``package:NAME`` for an installed policy."""
    rule_packs: tuple[str, ...] = ("gravity_rules",)
    select: tuple[str, ...] = ()
    """Codes, prefixes, names or ``ALL``; empty: every rule that is on by default."""
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = (
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        "env",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "__pycache__",
        "__pypackages__",
        "node_modules",
        "site-packages",
        "build",
        "dist",
        "*.egg-info",
    )
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    service_root_markers: tuple[str, ...] = (
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "gravity-lint.toml",
    )
    require_suppression_reason: bool = False
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    severity: dict[str, Severity] = {}
    """Rule code or name to the severity that this team gives it."""
    layers: Layers = Layers()
    vocabulary: Vocabulary = Vocabulary()
    endpoints: Endpoints = Endpoints()
    rules: dict[str, dict[str, object]] = {}
    """The rules' own options, by rule name."""
