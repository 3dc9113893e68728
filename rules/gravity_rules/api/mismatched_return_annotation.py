"""The return annotation says what `response_model` says.

FastAPI lets `response_model` win, so an annotation that differs, or is missing, is a second truth
that nobody checks: mypy judges the body against one type and clients get the other. Annotating with
a `Response` class is FastAPI's way to say that the answer is made by hand, and is fine; so is one
that tells what the plain `dict` or `list` holds that the decorator names, or what its `Any` is.

## Bad
```python
from fastapi import APIRouter

from app.schemas.item import ItemResponse
from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ApiResponse[ItemResponse])
async def get_item(item_id: int):
    return ApiResponse(success=True, data=ItemResponse(id=item_id))
```

## Good
```python
from fastapi import APIRouter

from app.schemas.item import ItemResponse
from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ApiResponse[ItemResponse])
async def get_item(item_id: int) -> ApiResponse[ItemResponse]:
    return ApiResponse(success=True, data=ItemResponse(id=item_id))
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetReturns
from gravity_lint.model.api.handmade import answers_without_json
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.model.code.references import unneeded_imports
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV106",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=json_answers,
)
def check(answer: Answering) -> Answer:
    """Decorator and annotation agree."""
    if answer.explicit is None or answer.model is None or answer.annotated_response:
        return None
    if answer.ambiguous or answer.is_repeated or not answer.names_a_type:
        return None
    if answer.annotation is None and answers_without_json(answer.endpoint.function):
        return None  # the model alone would not say what it returns
    model = f.render(answer.explicit)
    if answer.annotation is None and answer.is_silent:
        return Violation(
            f"`{answer.name}` declares `response_model={model}` and returns nothing; return what"
            f" that says, and annotate it `-> {model}`"
        )
    if answer.annotation is None:
        return Violation(
            f"`{answer.name}` declares `response_model={model}` and has no return annotation;"
            f" annotate it `-> {model}`"
        )
    if answer.annotation_agrees is None:
        return None
    if answer.annotation_agrees:
        return CONFORMS
    if answer.gives_nothing:
        return Violation(
            f"`{answer.name}` is annotated `-> {f.render(answer.annotation)}` and `response_model="
            f"{model}` takes no None: FastAPI answers 500 where it returns one; raise instead, or"
            " let the model take None",
            at=answer.annotation.span,
        )
    return Violation(
        f"`{answer.name}` is annotated `-> {f.render(answer.annotation)}` and answers with"
        f" `{model}`; the annotation should say what clients get",
        at=answer.annotation.span,
    )


@check.fix(Applicability.SAFE)
def fix(answer: Answering) -> Edits:
    """Write the response model as annotation, where its names mean the same there."""
    if answer.explicit is None or not answer.model_is_annotation:
        return Withheld("the names of the model may mean something else where the function stands")
    if answer.annotation is None and answer.is_silent:
        return Withheld("the function returns nothing, which the annotation would deny")
    if answer.gives_nothing:
        return Withheld("the function may return None, which the model does not take")
    return (
        SetReturns(answer.endpoint.function.definition.span, f.render(answer.explicit)),
        *unneeded_imports(answer.module, answer.annotation),
    )
