"""There is one Redis client, and it is made in `core/redis_client`.

A client that a module makes for itself has its own pool, its own timeouts and its own address, and
is closed by nobody at shutdown. Everybody imports the one client; where a service talks to several
servers, there is one for each, side by side.

The place is known by its name: a module called `redis_client.py` or `redis.py`, a package called
`redis`, or a module of the core that is named for Redis or the cache. Where but one module of a
program makes clients, it is that one, whatever it is called; applications that only share code are
programs of their own. A client over a pool from elsewhere
is none of its own, one whose server a request, a row of the database or a mapping of a caller tells
is that of whoever has put it there, and scripts are exempt.

## Bad
```python title=app/services/lock_service.py
from redis.asyncio import Redis

from app.config import settings

locks = Redis.from_url(settings.redis_url)
```
```python title=app/core/redis_client.py
from redis.asyncio import Redis

from app.config import settings

redis_client = Redis.from_url(settings.redis_url)
```

## Good
```python title=app/core/redis_client.py
from redis.asyncio import Redis

from app.config import settings

redis_client = Redis.from_url(settings.redis_url)
```
"""

import os

from gravity_lint.model import CallSite, Module
from gravity_lint.model.api.programs import may_run_with, may_share_process, program_of
from gravity_lint.model.caching.addresses import address_of, differ, options_of
from gravity_lint.model.caching.redis import (
    client_constructions,
    client_makers,
    is_pool,
    kind_of,
)
from gravity_lint.model.code.import_roots import can_import
from gravity_lint.model.code.layers import matches
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class PrivateRedisClientOptions(Options, frozen=True):
    """Where the client may be made: globs below the service root."""

    modules: tuple[str, ...] = (
        "**/redis_client.py",
        "**/redis.py",
        "**/redis/**",
        "**/core/**/*redis*",
        "**/core/**/*redis*/**",
        "**/core/**/*cache*",
        "**/core/**/*cache*/**",
    )
    """Globs; ``**`` crosses directories."""


@rule(
    code="GRV605",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=client_constructions,
    options=PrivateRedisClientOptions,
)
def check(site: CallSite, options: PrivateRedisClientOptions) -> Answer:
    """The client is made where the others find it."""
    # Another program of the same root has a client as well, which this one does not find.
    makers = tuple(
        x
        for x in client_makers(site.module.service)
        if (can_import(site.module, x) or can_import(x, site.module))
        and may_run_with(x, program_of(site.module))
        and may_share_process(x, site.module)
    )
    homes = [m for m in makers if any(matches(m.relative, glob) for glob in options.modules)]
    if site.module in homes or len(makers) == 1:
        return CONFORMS
    own = _called(site.module, makers)
    homes = [home for home in homes if can_import(site.module, home)]
    advice = _at_home(site, homes, makers) if homes else _among(site, makers)
    what = "a pool of redis connections" if is_pool(site) else "a redis client"
    return Violation(f"{own} makes {what} of its own; {advice}")


def _at_home(site: CallSite, homes: list[Module], makers: tuple[Module, ...]) -> str:
    """Say what to do where clients are at home somewhere: take theirs, or make this one there."""
    made = client_constructions(site.module.service)
    address, own_kind = address_of(site), kind_of(site)

    def lacks(home: Module) -> tuple[bool, str]:
        """Return whether no client there is of the kind, and what else all of that kind lack."""
        there = [x for x in made if x.module is home]
        near = [x for x in there if kind_of(x) == own_kind]
        known = [(address_of(x), options_of(x)) for x in near or there]
        same = [o for a, o in known if address is None or a is None or not differ(a, address)]
        if not same:
            return not near, " for its address"
        return not near, "" if options_of(site) in same else " with its options"

    home = min(homes, key=lambda x: (any(lacks(x)), *_distance(site, x)))
    other_kind, missing = lacks(home)
    if not (other_kind or missing):
        return f"take the one of {_called(home, makers)}"
    kind = "one"
    if other_kind or len([x for x in made if x.module is home]) > 1:
        kind = f"{'an' if own_kind.startswith('a') else 'a'} {own_kind} one"
    return f"make {kind}{missing} in {_called(home, makers)} and take that"


def _among(site: CallSite, makers: tuple[Module, ...]) -> str:
    """Say what to do where several modules make clients and none is their home."""
    made = [x for x in client_constructions(site.module.service) if x.module in makers]
    others = ", ".join(_called(maker, makers) for maker in makers if maker is not site.module)
    kinds = sorted({kind_of(x) for x in made}, reverse=True)
    addresses = [address_of(x) for x in made]
    known = [x for x in addresses if x is not None]
    several = known != addresses or any(differ(x, known[0]) for x in known)
    optional = len({options_of(x) for x in made}) > 1
    apart = [*["address"] * several, *["set of options"] * optional]
    mixed = len(kinds) > 1
    one = _listed([f"one {kind}" for kind in kinds]) if mixed else "one"
    if apart:
        one = f"one for each {_listed([*apart, *['kind'] * mixed])}"
    return (
        f"so {'does' if len(makers) == 2 else 'do'} {others}; make {one}, in a module such as"
        f" `core/redis_client`, and import {'them' if mixed or apart else 'it'} everywhere"
    )


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _called(module: Module, makers: tuple[Module, ...]) -> str:
    """Return the name of *module*, or its file where another of the *makers* has that name."""
    alone = all(maker is module or maker.name != module.name for maker in makers)
    return f"`{module.name if alone else module.relative}`"


def _distance(site: CallSite, home: Module) -> tuple[bool, int]:
    """Return how far *home* is from *site*: the module named for it, then the nearest, is first."""
    shared = os.path.commonpath([site.module.relative, home.relative])
    return not home.name.endswith("redis_client"), -len(shared)
