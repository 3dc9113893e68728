"""Tokens are made and read in one module.

Secret, algorithm, lifetime and claims belong together: where a second module calls `jwt.encode` or
`jwt.decode`, one of them is soon different, and a change of keys misses it. The document keeps them
in `app.core.security`; any module or package called `security` is such a place. Everyone else calls
`create_access_token` and `decode_token`. A client that reads the token of its own which another
service has issued is not meant, nor is an ID token, which an identity provider has issued, nor
`get_unverified_claims`, which decodes nothing, nor a module that holds tests alone, whatever it is
called. Where this team keeps them is the option `modules`, globs over the files below the service
root, to which `extend-modules` adds.

## Bad
```python title=app/api/v1/auth.py
import jwt
from fastapi import APIRouter

from app.config import settings

router = APIRouter()


@router.post("/refresh")
async def refresh(token: str) -> dict:
    claims = jwt.decode(token, settings.JWT_SECRET, algorithms=["HS256"])
    return {"token": jwt.encode(claims, settings.JWT_SECRET, algorithm="HS256")}
```

## Good
```python title=app/core/security.py
import jwt

from app.config import settings


def decode_token(token: str) -> dict:
    return jwt.decode(token, settings.JWT_SECRET, algorithms=["HS256"])
```
"""

from gravity_lint.model import Module
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.auth.stand_ins import stands_in
from gravity_lint.model.auth.tokens import TokenCall, keeps_credentials, token_calls
from gravity_lint.model.code.importing import loaded_with
from gravity_lint.model.code.layers import Layer, layer_of, matches
from gravity_lint.model.testing.tests import holds_only_tests
from gravity_lint.rule import CONFORMS, Answer, Cause, Options, Scope, Severity, Violation, rule

_NO_HOMES = (Layer.MODELS, Layer.SCHEMAS, Layer.REPOSITORIES, Layer.TESTS, Layer.NONE)
"""Where tables and schemas about security, and tests of it, make no tokens."""
_DOCUMENTED = ("**/core/security.py", "**/core/security/**")
_FIRST_HOMES = (Layer.CORE, Layer.OTHER, Layer.SERVICES)
"""Where of several modules called so the tokens rather belong, the best first."""


class ScatteredTokenCodeOptions(Options, frozen=True):
    """The files that make and read tokens."""

    modules: tuple[str, ...] = ("**/security.py", "**/security/**")
    """Globs below the service root; ``**`` crosses directories."""


@rule(
    code="GRV804",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Authentication Patterns",
    subjects=token_calls,
    options=ScatteredTokenCodeOptions,
)
def check(call: TokenCall, options: ScatteredTokenCodeOptions) -> Answer:
    """The call stands where the team keeps its token code."""
    # A root that itself is called ``security`` is the package of that name.
    below = call.module.relative
    places = (below, f"{call.module.service.name}/{below}")
    if any(matches(place, pattern) for place in places for pattern in options.modules):
        return CONFORMS
    if call.reads_foreign or holds_only_tests(call.module):
        return None
    service = call.module.service
    everywhere = [
        module
        for module in service.modules
        if any(matches(module.relative, pattern) for pattern in options.modules)
        and _is_home(module)
    ]
    program = program_of(call.module)
    homes = [home for home in everywhere if may_run_with(home, program)]
    if not homes:
        whose = "this program" if everywhere else "the service"
        what = f"{whose} keeps its token code in no module {_called(options)}"
        move = _move(call, options)
        if not _stands_alone(call):
            return Violation(f"`{call.written}` is called here, and {what}; {move}")
        module = call.module
        return Violation(
            f"`{call.written}` is called here, and {what}; {move}",
            cause=Cause(module, module.span, f"{what}; {move}"),
        )
    blocked = [home for home in homes if _loads(home, call.module)]
    free = [home for home in homes if home not in blocked]
    if blocked and not any(x.module in free for x in token_calls(service)):
        home, advice = _around(blocked, call, options)
    else:
        home, advice = _shown(free, call, options), _advice(free, call)
    return Violation(f"`{call.written}` is called outside `{home}`, where tokens belong; {advice}")


def _around(
    homes: list[Module], call: TokenCall, options: ScatteredTokenCodeOptions
) -> tuple[str, str]:
    """Return where to put *call*, and how, though none of *homes* can be imported there."""
    for home in homes:
        package = _package(home, options)
        if package is not None and _is_free(package, call.module):
            what = f"put what {'makes' if call.makes else 'reads'} them into a module of it"
            return package, f"{what} that imports nothing of this one, and call that"
    shown = _shown(homes, call, options)
    return shown, f"{_advice(homes, call)}, once `{shown}` no longer imports this module"


def _loads(home: Module, module: Module) -> bool:
    """Tell whether *home* needs *module* to be loaded, which cannot import it then.

    Where it does so all the same, that works.
    """
    return module in loaded_with(home) and home not in loaded_with(module)


def _is_free(package: str, module: Module) -> bool:
    """Tell whether *module* can import a new module of *package*, a directory."""
    first = f"{package}/__init__.py"
    return not any(x.relative == first and _loads(x, module) for x in module.service.modules)


def _is_home(module: Module) -> bool:
    """Tell whether *module*, called so, has token code, or is about passwords and the like.

    That of the document is, whatever it holds yet; elsewhere shares or signatures may be meant.
    """
    if any(x.module is module for x in token_calls(module.service)):
        return True
    if layer_of(module) in _NO_HOMES or "middleware" in module.relative:
        return False
    documented = any(matches(module.relative, place) for place in _DOCUMENTED)
    if not documented and not keeps_credentials(module):
        return False
    return all(endpoint.module is not module for endpoint in endpoints(module.service))


def _advice(homes: list[Module], call: TokenCall) -> str:
    """Say what of *homes* to call in the place of *call*, or what they lack."""
    calls = token_calls(call.module.service)
    having = [x for x in calls if x.module in homes and _is_to_be_called(x)]
    if any(stands_in(x, call) for x in having):
        return f"call a function from there that {'makes' if call.makes else 'reads'} them"
    there = {x.makes for x in having}
    lacking = "makes and reads" if not there else "makes" if call.makes else "reads"
    return f"put what {lacking} them there, and call that"


def _called(options: ScatteredTokenCodeOptions) -> str:
    """Say which modules the team's place for tokens would be."""
    configured = options.modules != ScatteredTokenCodeOptions().modules
    return "that the rule's setting `modules` lists" if configured else "called `security`"


def _stands_alone(call: TokenCall) -> bool:
    """Tell whether all token code of the service stands in a module of its own: this one.

    A package is called after all that lies in it.
    """
    module = call.module
    if module.relative.endswith("/__init__.py"):
        return False
    making = {x.module for x in token_calls(module.service) if not x.reads_foreign}
    serving = {x.module for x in endpoints(module.service)}
    return making == {module} and module not in serving and layer_of(module) is not Layer.API


def _move(call: TokenCall, options: ScatteredTokenCodeOptions) -> str:
    """Say how the service comes to such a module: it may have one under another name."""
    module = call.module
    if _stands_alone(call):
        if options.modules != ScatteredTokenCodeOptions().modules:
            return f"list `{module.relative}` there, as all of that stands in it"
        return (
            f"all of that stands in this one: call it `security`, or list `{module.relative}` under"
            " the rule's setting `extend-modules`"
        )
    return f"put what makes and reads them into one {_called(options)}, and call that"


def _is_to_be_called(call: TokenCall) -> bool:
    """Tell whether others may leave their tokens to *call*: it reads the service's, verified."""
    return call.makes or not (call.reads_foreign or call.only_looks)


def _shown(homes: list[Module], call: TokenCall, options: ScatteredTokenCodeOptions) -> str:
    """Return the one module among *homes* that has token code, else the place of one of them.

    Best one that does what *call* does. Where several of a package called `security` do, or what
    lies in that has nothing to do with tokens, the place is the package.
    """
    having = [x for x in token_calls(call.module.service) if _is_to_be_called(x)]
    for fitting in (
        {x.module for x in having if stands_in(x, call)},
        {x.module for x in having if x.makes is call.makes},
        {x.module for x in having},
    ):
        found = [home for home in homes if home in fitting]
        if found:
            places = {_package(home, options) or home.relative for home in found}
            several = len(found) > 1 and len(places) == 1
            return places.pop() if several else found[0].relative
    first = min(homes, key=_distance)
    return _package(first, options) or first.relative


def _distance(home: Module) -> int:
    """Say how far from the place of tokens *home* lies."""
    layer = layer_of(home)
    return _FIRST_HOMES.index(layer) if layer in _FIRST_HOMES else len(_FIRST_HOMES)


def _package(home: Module, options: ScatteredTokenCodeOptions) -> str | None:
    """Return the directory of *home* in which tokens may be made by any module."""
    parts = home.relative.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        directory = "/".join(parts[:end])
        if any(matches(f"{directory}/any.py", pattern) for pattern in options.modules):
            return directory
    return None
