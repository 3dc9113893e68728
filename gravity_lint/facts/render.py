"""Expressions back to source text, for fixes that move them and messages that show them."""

import msgspec

from gravity_lint.facts import expressions as e

_PRECEDENCE = {
    "walrus": 0,
    "lambda": 1,
    "conditional": 2,
    "or": 3,
    "and": 4,
    "not": 5,
    "compare": 6,
    "|": 7,
    "^": 8,
    "&": 9,
    "<<": 10,
    ">>": 10,
    "+": 11,
    "-": 11,
    "*": 12,
    "@": 12,
    "/": 12,
    "//": 12,
    "%": 12,
    "unary": 13,
    "**": 14,
    "await": 15,
    "primary": 16,
}


def render(expression: e.Expression) -> str:
    """Return Python source for *expression*: one line, with no more parentheses than it needs."""
    return _render(expression, 0)


def laid_out(expression: e.Expression, indent: str, width: int, before: int = 0) -> str:
    """Return the source as formatters lay it out: brackets are opened where a line gets too long.

    *indent* is that of the line on which it begins, *before* what else stands there.
    """
    text = _render(expression, 1)
    if len(indent) + before + len(text) + len(",") <= width:
        return text
    inner = f"{indent}    "
    rows: list[tuple[str, e.Expression]]
    match expression:
        case e.Mapping(keys=keys, values=values) if values:
            heads = ["**" if key is None else f"{_render(key, 1)}: " for key in keys]
            rows, brackets = list(zip(heads, values, strict=True)), ("{", "}")
        case e.Collection(kind=kind, items=items) if items:
            pair = {"list": "[]", "set": "{}", "tuple": "()"}[kind]
            rows, brackets = [("", item) for item in items], (pair[0], pair[1])
        case e.Call(function=function, arguments=arguments, keywords=keywords):
            rows = [("", argument) for argument in arguments]
            rows += [("**" if k.name is None else f"{k.name}=", k.value) for k in keywords]
            brackets = (f"{_render(function, _PRECEDENCE['primary'])}(", ")")
        case e.Comprehension(kind="list" | "set" | "dict", generators=generators):
            clauses = ""
            for generator in generators:
                bare_generator = msgspec.structs.replace(generator, conditions=())
                clauses += f"\n{inner}{_generator(bare_generator).strip()}"
                for condition in generator.conditions:
                    clauses += f"\n{inner}if {_render(condition, _PRECEDENCE['or'])}"
            bare = msgspec.structs.replace(expression, generators=())
            head = _render(bare, 1)
            return f"{head[0]}\n{inner}{head[1:-1]}{clauses}\n{indent}{head[-1]}"
        case _:
            return text
    lines = "".join(f"{inner}{h}{laid_out(v, inner, width, len(h))},\n" for h, v in rows)
    return f"{brackets[0]}\n{lines}{indent}{brackets[1]}"


def _render(expression: e.Expression, floor: int) -> str:
    text, level = _text(expression)
    return f"({text})" if level < floor else text


def _list(items: tuple[e.Expression, ...]) -> str:
    return ", ".join(_render(item, 1) for item in items)


def _text(expression: e.Expression) -> tuple[str, int]:
    """Return the text of *expression* and how tightly it binds."""
    primary = _PRECEDENCE["primary"]
    match expression:
        case e.Name(name=name):
            return name, primary
        case e.Attribute(value=value, name=name):
            inner = _render(value, primary)
            if isinstance(value, e.Constant) and value.kind == "int":
                inner = f"({inner})"
            return f"{inner}.{name}", primary
        case e.Constant(value=value, kind=kind):
            text = str(value) if kind in ("bytes", "complex", "ellipsis") else repr(value)
            if kind == "str":
                text = _quoted(str(value))
            if kind == "float" and text == "inf":
                text = "1e309"
            return text, primary if not text.startswith("-") else _PRECEDENCE["unary"]
        case e.Call(
            function=function,
            arguments=(e.Comprehension(kind="generator") as only,),
            keywords=(),
        ):
            return f"{_render(function, primary)}{_render(only, 1)}", primary
        case e.Call(function=function, arguments=arguments, keywords=keywords):
            parts = [_render(argument, 1) for argument in arguments]
            parts += [
                f"**{_render(k.value, _PRECEDENCE['|'])}"
                if k.name is None
                else f"{k.name}={_render(k.value, 1)}"
                for k in keywords
            ]
            return f"{_render(function, primary)}({', '.join(parts)})", primary
        case e.Template():
            return _template(expression), primary
        case e.Subscript(value=value, index=index):
            if isinstance(index, e.Collection) and index.kind == "tuple" and index.items:
                inside = _list(index.items) + ("," if len(index.items) == 1 else "")
            else:
                inside = _render(index, 0)
            return f"{_render(value, primary)}[{inside}]", primary
        case e.Slice(lower=lower, upper=upper, step=step):
            ends = ["" if x is None else _render(x, 1) for x in (lower, upper)]
            return ":".join(ends) + ("" if step is None else f":{_render(step, 1)}"), 1
        case e.Starred(value=value):
            return f"*{_render(value, _PRECEDENCE['|'])}", 1
        case e.Collection(kind=kind, items=items):
            inside = _list(items)
            if kind == "tuple":
                return f"({inside}{',' if len(items) == 1 else ''})", primary
            return (f"[{inside}]" if kind == "list" else f"{{{inside}}}"), primary
        case e.Mapping(keys=keys, values=values):
            pairs = [
                f"**{_render(v, _PRECEDENCE['|'])}"
                if k is None
                else f"{_render(k, 1)}: {_render(v, 1)}"
                for k, v in zip(keys, values, strict=True)
            ]
            return f"{{{', '.join(pairs)}}}", primary
        case e.Binary(operator=operator, left=left, right=right):
            level = _PRECEDENCE[operator]
            power = operator == "**"
            first = _render(left, level + 1 if power else level)
            second = _render(right, _PRECEDENCE["unary"] if power else level + 1)
            return f"{first} {operator} {second}", level
        case e.Boolean(operator=operator, values=values):
            level = _PRECEDENCE[operator]
            return f" {operator} ".join(_render(v, level + 1) for v in values), level
        case e.Unary(operator=operator, operand=operand):
            level = _PRECEDENCE["not" if operator == "not" else "unary"]
            space = " " if operator == "not" else ""
            return f"{operator}{space}{_render(operand, level)}", level
        case e.Compare(left=left, operators=operators, others=others):
            level = _PRECEDENCE["compare"]
            text = _render(left, level + 1)
            for operator, other in zip(operators, others, strict=True):
                text += f" {operator} {_render(other, level + 1)}"
            return text, level
        case e.Conditional(test=test, body=body, otherwise=otherwise):
            level = _PRECEDENCE["conditional"]
            return (
                f"{_render(body, level + 1)} if {_render(test, level + 1)}"
                f" else {_render(otherwise, level)}"
            ), level
        case e.Await(value=value):
            return f"await {_render(value, primary)}", _PRECEDENCE["await"]
        case e.Yield(value=inner, delegates=delegates):
            word = "yield from" if delegates else "yield"
            return f"({word}{'' if inner is None else ' ' + _render(inner, 1)})", primary
        case e.Lambda(parameters=parameters, body=body):
            head = f"lambda {_parameters(parameters)}".rstrip()
            return f"{head}: {_render(body, _PRECEDENCE['lambda'])}", _PRECEDENCE["lambda"]
        case e.Comprehension(kind=kind, key=key, element=element, generators=generators):
            head = (
                _render(element, 1) if key is None else f"{_render(key, 1)}: {_render(element, 1)}"
            )
            tail = "".join(_generator(g) for g in generators)
            brackets = {"list": "[]", "set": "{}", "dict": "{}", "generator": "()"}[kind]
            return f"{brackets[0]}{head}{tail}{brackets[1]}", primary
        case e.Walrus(target=target, value=value):
            return f"{target.name} := {_render(value, 1)}", 0


def _parameters(parameters: tuple[e.Parameter, ...]) -> str:
    """Return the parameters of a lambda, with the ``/`` and ``*`` that stand between kinds."""
    kinds = e.ParameterKind
    stars = {kinds.VARIADIC: "*", kinds.VARIADIC_KEYWORD: "**"}
    written: list[str] = []
    for index, parameter in enumerate(parameters):
        before = parameters[index - 1].kind if index else None
        if before is kinds.POSITIONAL_ONLY and parameter.kind is not before:
            written.append("/")
        if parameter.kind is kinds.KEYWORD_ONLY and before not in (kinds.VARIADIC, parameter.kind):
            written.append("*")
        default = f"={_render(parameter.default, 1)}" if parameter.default is not None else ""
        written.append(f"{stars.get(parameter.kind, '')}{parameter.name}{default}")
    if parameters and parameters[-1].kind is kinds.POSITIONAL_ONLY:
        written.append("/")
    return ", ".join(written)


def _generator(generator: e.Generator) -> str:
    above_conditional = _PRECEDENCE["or"]
    word = " async for " if generator.is_async else " for "
    target = _render(generator.target, 1)
    text = f"{word}{target} in {_render(generator.iterable, above_conditional)}"
    return text + "".join(f" if {_render(c, above_conditional)}" for c in generator.conditions)


def _quoted(text: str) -> str:
    """Return a literal for *text*, in double quotes unless single ones need fewer escapes."""
    literal = repr(text)
    if literal.startswith('"') or '"' in text:
        return literal
    return f'"{literal[1:-1]}"'


def _template(template: e.Template) -> str:
    """Return an f-string that Python before 3.12 reads, too; a call of ``format`` if none does."""
    fields = "".join(_render(hole.value, 0) for hole in template.parts if isinstance(hole, e.Hole))
    for quote in ('"', "'", '"""', "'''"):
        if quote not in fields and "\\" not in fields:
            return f"f{quote}{_template_text(template, quote)}{quote}"
    holes: list[str] = []
    text = _places(template, holes)
    return f"{_quoted(text)}.format({', '.join(holes)})"


def _template_text(template: e.Template, quote: str) -> str:
    text = ""
    for part in template.parts:
        if isinstance(part, str):
            literal = part.replace("\\", "\\\\").replace(quote[0], "\\" + quote[0])
            literal = "".join(x if x.isprintable() else repr(x)[1:-1] for x in literal)
            text += literal.replace("{", "{{").replace("}", "}}")
        else:
            value = _render(part.value, 1)
            text += "{" + (" " if value.startswith("{") else "") + value
            text += f"!{part.conversion}" if part.conversion else ""
            text += f":{_template_text(part.format, quote)}" if part.format else ""
            text += "}"
    return text


def _places(template: e.Template, holes: list[str]) -> str:
    """Return *template* as a text for ``format``, and add what it is given to *holes*."""
    text = ""
    for part in template.parts:
        if isinstance(part, str):
            text += part.replace("{", "{{").replace("}", "}}")
        else:
            holes.append(_render(part.value, 1))
            text += "{" + (f"!{part.conversion}" if part.conversion else "")
            text += f":{_places(part.format, holes)}" if part.format else ""
            text += "}"
    return text
