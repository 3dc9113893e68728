"""What a team may set: the schema of ``[tool.gravity-lint]`` and its defaults.

`gravity_lint.configuration.files` reads files into these classes; the model and the
runner read from them. The defaults are the words of the patterns document.
"""

import datetime
import enum
from typing import Annotated, Any, Final

import msgspec


class Weight(enum.Enum):
    """The severity that a team gives a rule."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class FailOn(enum.Enum):
    """The least severity that fails a run."""

    ERROR = "error"
    WARNING = "warning"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the configuration: unknown keys are errors, keys are spelled with hyphens."""


class Layers(_Section, frozen=True):
    """Which files form which layer: globs below the service root (``**`` crosses directories)."""

    api: tuple[str, ...] = (
        "**/api/**",
        "**/apis/**",
        "**/routers/**",
        "**/routes/**",
        "**/endpoints/**",
    )
    """Endpoints. A module that registers some belongs here wherever it lies."""
    services: tuple[str, ...] = ("**/services/**", "**/service/**")
    """Business logic, which knows nothing of HTTP."""
    repositories: tuple[str, ...] = (
        "**/repositories/**",
        "**/repository/**",
        "**/repos/**",
        "**/crud/**",
    )
    """Access to the data. Of services and repositories, the directory nearer to a file decides."""
    models: tuple[str, ...] = ("**/models/**", "**/models.py", "**/model.py")
    """Tables of the database."""
    schemas: tuple[str, ...] = ("**/schemas/**", "**/schemas.py", "**/schema.py")
    """What requests and responses look like."""
    core: tuple[str, ...] = ("**/core/**",)
    """What all layers share: configuration, security, exceptions, connections."""
    tests: tuple[str, ...] = ("**/tests/**", "**/test_*.py", "**/conftest.py")
    """Tests, which only the rules about tests judge. A module that is only called so,
    lies beside others, holds no test and is imported by the app is none."""
    none: tuple[str, ...] = (
        "**/alembic/**",
        "**/migrations/**",
        "**/scripts/**",
        "**/script/**",
        "**/examples/**",
        "**/management/commands/**",
        "**/generated/**",
        "**/_generated/**",
        "**/_version.py",
        "**/*_pb2.py",
        "**/*_pb2_grpc.py",
    )
    """Generated code, migrations, scripts: in no layer, and judged by no rule about the app.
    What says at its head that it is generated need not be listed, nor what lies in a directory
    called `archive` or `archived` and is imported by nothing else."""


class Vocabulary(_Section, frozen=True):
    """What this team calls the things that the patterns document names."""

    response_wrappers: tuple[str, ...] = ("ApiResponse", "PaginatedResponse")
    """The envelopes of answers; a subclass of one is one."""
    paginated_wrappers: tuple[str, ...] = ("PaginatedResponse",)
    """Those of them that hold one page of a collection."""
    error_wrappers: tuple[str, ...] = ("ErrorResponse",)
    """The envelopes of errors."""
    exception_root: str = "GravityException"
    """The class that every domain exception inherits, by its bare name."""
    exception_suffixes: tuple[str, ...] = ("Exception",)
    """How the name of an exception class ends."""
    exception_modules: tuple[str, ...] = ("gravity_common.exceptions",)
    """Shared modules all of whose exception classes are domain exceptions."""
    service_suffixes: tuple[str, ...] = ("Service",)
    """How the name of a service class ends."""
    repository_suffixes: tuple[str, ...] = ("Repository",)
    """How the name of a repository class ends."""
    repository_bases: tuple[str, ...] = ("BaseRepository",)
    """The generic classes that every repository inherits."""
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
    """Dependencies that let nobody in who is not known, and functions that make one."""
    event_buses: tuple[str, ...] = (
        "event_bus",
        "EventBus",
        "event_publisher",
        "EventPublisher",
        "bus",
        "message_bus",
        "MessageBus",
    )
    """Event buses whose class is not in view, by the last word of their import or name."""
    logger_factories: tuple[str, ...] = ("gravity_common.logging.get_logger",)
    """Functions of shared libraries that give a structlog logger, by the path of their import."""
    stdlib_logger_factories: tuple[str, ...] = (
        "gravity_common.logging_config.setup_logging",
        "celery.utils.log.get_task_logger",
        "celery.utils.log.get_logger",
    )
    """Functions of shared libraries that give a logger of the standard library, likewise."""
    session_types: tuple[str, ...] = ()
    """Asynchronous sessions of shared libraries: classes, aliases, dependencies that give one,
    by the path of their import (``acme.database.get_db``)."""
    redis_clients: tuple[str, ...] = ("redis_client", "RedisClient")
    """Redis clients that come from shared libraries, by the last word of their import."""
    cache_decorators: tuple[str, ...] = ("cache_result",)
    """Decorators that store what a function gives."""
    cache_invalidators: tuple[str, ...] = ("invalidate_cache",)
    """Functions that drop the stored entries whose keys match a pattern."""
    secret_words: tuple[str, ...] = (
        "password",
        "passwd",
        "token",
        "secret",
        "secret_key",
        "api_key",
        "apikey",
        "authorization",
        "credential",
        "credentials",
        "card",
        "card_number",
        "cvv",
        "otp",
        "ssn",
        "private_key",
    )
    """Secrets: what is named by such a word, or ends in one (``old_password``), is not logged."""


_SIGNING_UP = tuple(
    f"{place}/{word}"
    for word in ("register", "registration", "signup", "sign-up", "sign_up")
    for place in (
        "",
        "/v*",
        "/api",
        "/api/v*",
        "/api/?.?",
        *(f"**/{owner}" for owner in ("auth", "user", "users", "account", "accounts")),
    )
)
"""How people get an account: at the top, or directly below what holds them."""


class Endpoints(_Section, frozen=True):
    """Which endpoints the rules treat apart. Patterns are globs over the path or names."""

    operational: tuple[str, ...] = (
        "/",
        "**/health",
        "**/health-check",
        "**/health_check",
        "**/healthcheck",
        "**/healthy",
        "**/healthz",
        "**/ready",
        "**/readyz",
        "**/readiness",
        "**/live",
        "**/livez",
        "**/liveness",
        "**/ping",
        "/up",
        "/api/up",
        "/api/v*/up",
        "**/heartbeat",
        "**/__heartbeat__",
        "**/__lbheartbeat__",
        "**/__version__",
        "**/metrics",
        "**/docs",
        "**/docs/oauth2-redirect",
        "**/redoc",
        "**/openapi.json",
        "**/openapi.yaml",
        "**/openapi.yml",
        "**/favicon.ico",
        "/robots.txt",
        "/sitemap.xml",
        "/apple-touch-icon*.png",
        "/manifest.json",
        "/*.webmanifest",
        "/browserconfig.xml",
        "/service-worker.js",
        "/sw.js",
        "/ads.txt",
        "/humans.txt",
        "/security.txt",
    )
    """Health checks, metrics, documentation: GET, and no path parameter anywhere. They need no
    version, tag, envelope, login or docstring. ``/`` is the application's own root."""
    public: tuple[str, ...] = (
        "**/login",
        "**/login/**",
        "**/signin",
        "**/sign-in",
        "**/sign_in",
        "**/auth/signin/*",
        "**/auth/sign-in/*",
        "**/auth/sign_in/*",
        "**/*-login",
        "**/*_login",
        *_SIGNING_UP,
        "**/auth/register/*",
        "**/auth/signup/*",
        "**/auth/sign-up/*",
        "**/refresh",
        "**/refresh-token",
        "**/refresh_token",
        "**/refresh-access-token",
        "**/refresh_access_token",
        "**/token",
        "**/token/refresh",
        "**/forgot-password",
        "**/forgot_password",
        "**/recover-password",
        "**/recover-password/**",
        "**/recover_password",
        "**/recover_password/**",
        "**/reset-password",
        "**/reset-password/**",
        "**/reset_password",
        "**/reset_password/**",
        "**/password/forgot",
        "**/password/recover",
        "**/password/reset",
        "**/password/reset/**",
        "**/password-reset",
        "**/password-reset/**",
        "**/password-recovery/**",
        "**/confirm-email",
        "**/confirm-email/**",
        "**/confirm_email",
        "**/confirm_email/**",
        "**/auth/confirm-registration",
        "**/auth/confirm-registration/**",
        "**/verify-email",
        "**/verify-email/**",
        "**/verify_email",
        "**/email/verify",
        "**/email/resend",
        "**/resend-verification",
        "**/resend-verification-email",
        "**/resend_verification",
        "**/verification/resend",
        "**/auth/verification/request",
        "**/auth/verification/confirm",
        "**/request-otp",
        "**/request_otp",
        "**/send-otp",
        "**/send_otp",
        "**/resend-otp",
        "**/verify-otp",
        "**/verify_otp",
        "**/otp/request",
        "**/otp/resend",
        "**/otp/send",
        "**/otp/verify",
        "**/email-otp/request",
        "**/email-otp/verify",
        "**/magic-link",
        "**/magic-link/**",
        "**/magic_link",
        "**/magic_link/**",
        "**/auth/check-email",
        "**/auth/check-username",
        "**/auth/check_email",
        "**/auth/check_username",
        "**/auth/methods",
        "**/auth/providers",
        "**/oauth/providers",
        "**/sso/providers",
        "**/sso/status",
        "**/auth/**/callback",
        "**/auth/callback/*",
        "**/login/callback",
        "**/oauth/**/callback",
        "**/oauth/callback/*",
        "**/oauth2/**/callback",
        "**/oidc/**/callback",
        "**/sso/**/callback",
        "**/.well-known/**",
        "**/auth/jwks",
        "**/jwks.json",
    )
    """Open to people who are not logged in."""


class Waiver(_Section, frozen=True):
    """A break of the contract that this team has agreed upon, for a while."""

    change: str
    """The kind of change (``response-field-removed``); ``*`` stands for any text."""
    subject: str
    """The operation, event or key (``GET /api/v1/orders/*``); ``*`` stands for any text."""
    reason: Annotated[str, msgspec.Meta(min_length=1)]
    """Why callers can bear it."""
    until: datetime.date
    """The last day on which it counts: after it, it is an error that it is still there."""


class Contract(_Section, frozen=True):
    """What ``gravity-lint contract`` lets pass."""

    waivers: tuple[Waiver, ...] = ()
    """Breaks that have been agreed upon."""


class Lock(_Section, frozen=True):
    """What those who inherit this configuration must not loosen: trying to is an error."""

    rules: tuple[str, ...] = ()
    """Selectors of rules that stay on where they are on here, everywhere and with their options."""
    severities: tuple[str, ...] = ()
    """Selectors of rules whose severity must not be lower than here."""
    settings: tuple[str, ...] = ()
    """Settings and tables that stay as they are here: ``vocabulary``, ``endpoints.public``."""


class Settings(_Section, frozen=True):
    """Everything under ``[tool.gravity-lint]``."""

    extend: str | None = None
    """A configuration to inherit: a path relative to this file, or ``package:NAME``."""
    rule_packs: tuple[str, ...] = ("gravity_rules",)
    """The packages whose rules are asked."""
    select: tuple[str, ...] = ()
    """Codes, beginnings, names or ``ALL``; empty: every rule that is on by default."""
    extend_select: tuple[str, ...] = ()
    """Selectors that are added to ``select`` and to what is inherited."""
    ignore: tuple[str, ...] = ()
    """Selectors of rules that are off; adds to what is inherited, as its twin does."""
    fixable: tuple[str, ...] = ("ALL",)
    """Selectors of rules whose fixes are offered."""
    unfixable: tuple[str, ...] = ()
    """Selectors of rules whose fixes are not offered."""
    safe_fixes: tuple[str, ...] = ()
    """Selectors of rules all of whose fixes this team takes for safe."""
    unsafe_fixes: tuple[str, ...] = ()
    """Selectors of rules all of whose fixes this team takes for unsafe."""
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
    """What is never linted nor read, even when it is named: gitignore patterns."""
    respect_gitignore: bool = True
    """Whether what the repository's ``.gitignore`` files leave out is left out here too."""
    service_root_markers: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = (
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
    )
    """A directory that holds one of these is the root of a service; where none is above, so is
    one with a ``gravity-lint.toml``, and with it in this list always."""
    max_file_size: Annotated[int, msgspec.Meta(ge=1, le=8_000_000)] = 1_000_000
    """The largest file, in bytes, that is judged. What a larger one defines is not known."""
    rule_timeout: Annotated[int, msgspec.Meta(ge=1)] = 300
    """How long one rule may work on one service, in seconds, before it is stopped: no code is known
    for which any needs a tenth of that."""
    require_suppression_reason: bool = False
    """Whether a suppression comment must say why, behind ``--``."""
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    """A gitignore pattern (``!`` in front: all other files) to the selectors that are off there."""
    severity: dict[str, Weight] = {}
    """Selector to the severity that this team gives these rules, or ``"off"``; the most specific
    selector decides."""
    baseline: str | None = None
    """A file with findings that were there before and fail no run, relative to this one."""
    min_conformance: dict[str, Annotated[float, msgspec.Meta(ge=0, le=100)]] = {}
    """The least rates, in percent: of ``total``, a section (``logs``, ``"Structured Logging"``),
    the beginning of codes or a rule. They hold for each service, where all of it is judged."""
    fail_on: FailOn = FailOn.WARNING
    """The least severity of a finding that makes the exit status 1."""
    format: str = "full"
    """How findings are shown; that of the working directory counts."""
    layers: Layers = Layers()
    """Which files form which layer."""
    vocabulary: Vocabulary = Vocabulary()
    """What this team calls things."""
    endpoints: Endpoints = Endpoints()
    """Which endpoints are operational or public."""
    contract: Contract = Contract()
    """What ``gravity-lint contract`` lets pass."""
    lock: Lock = Lock()
    """What those who inherit this configuration must not loosen."""
    rules: dict[str, dict[str, Any]] = {}
    """The rules' own options, by rule name."""


SELECTORS: Final = (
    "select",
    "extend-select",
    "ignore",
    "extend-ignore",
    "fixable",
    "extend-fixable",
    "unfixable",
    "extend-unfixable",
    "safe-fixes",
    "extend-safe-fixes",
    "unsafe-fixes",
    "extend-unsafe-fixes",
)
"""The settings that are lists of selectors."""
BELOW_A_ROOT: Final = frozenset(
    {
        "extend",
        *SELECTORS,
        "per-file-ignores",
        "extend-per-file-ignores",
        "severity",
        "rules",
    }
)
"""What a configuration below the root of a service may say: about the files under it alone."""
