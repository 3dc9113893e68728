import structlog
from fastapi import APIRouter, Depends, HTTPException, Query, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import SessionLocal, get_db
from app.core.deps import get_current_user
from app.models.product import Product
from app.models.user import User
from app.repositories.product_repository import ProductRepository
from app.schemas.product import ProductCreate, ProductOut, ProductUpdate
from app.schemas.response import ApiResponse, PaginatedResponse
from app.services.audit_service import AuditService
from app.services.product_service import ProductService

logger = structlog.get_logger()

router = APIRouter(prefix="/products", tags=["products"])


@router.post(
    "/",
    response_model=ApiResponse[ProductOut],
    summary="Create a product",
    description="Create a product with a SKU of its own",
)
async def create_product(
    data: ProductCreate,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[ProductOut]:
    """
    Create a product.

    Args:
        data: Product creation data
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the created product

    Raises:
        HTTPException: If creation fails
    """
    try:
        product = await ProductService(db).create(data, current_user.id)
        return ApiResponse(success=True, data=ProductOut.model_validate(product))
    except Exception as e:
        logger.error("product_creation_failed", sku=data.sku, error=str(e))
        raise HTTPException(
            status_code=status.HTTP_500_INTERNAL_SERVER_ERROR,
            detail=f"Could not create product: {e}",
        )


@router.get(
    "/",
    response_model=PaginatedResponse[ProductOut],
    summary="List products",
    description="Get one page of the products",
)
async def list_products(
    skip: int = 0,
    limit: int = Query(50, description="Number of items to return"),
    search: str = Query(None),
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> PaginatedResponse[ProductOut]:
    """
    List products.

    Args:
        skip: Number of items to skip
        limit: Number of items to return
        search: Part of a name
        db: Database session
        current_user: Authenticated user

    Returns:
        PaginatedResponse containing products
    """
    query = select(Product)
    if search:
        query = query.where(Product.name.ilike(f"%{search}%"))
    result = await db.execute(query.offset(skip).limit(limit))
    products = result.scalars().all()
    return PaginatedResponse(
        data=[ProductOut.model_validate(product) for product in products],
        total=await ProductRepository(db).count(),
        page=skip // limit + 1,
        page_size=limit,
    )


@router.get("/{product_id}", response_model=ProductOut, summary="Get product")
async def get_product(
    product_id: int,
    db: AsyncSession = Depends(get_db),
    current_user: dict = Depends(get_current_user),
) -> ProductOut:
    """Get a product by its ID."""
    product = await ProductService(db).get_by_id(product_id)
    return ProductOut.model_validate(product)


@router.get("/unpriced", response_model=ApiResponse[int])
async def count_unpriced(current_user: User = Depends(get_current_user)):
    async with SessionLocal() as db:
        count = await ProductRepository(db).count_without_price()
    return {"success": True, "data": count}


@router.put(
    "/{product_id}",
    response_model=ApiResponse[ProductOut],
    summary="Update product",
    description="Update an existing product",
)
async def update_product(
    product_id: int,
    data: ProductUpdate,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[ProductOut]:
    """
    Update product.

    Args:
        product_id: Product ID
        data: Fields that change
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the updated product

    Raises:
        ResourceNotFoundException: If there is no such product
    """
    product = await ProductService(db).update_product(product_id, data)
    return ApiResponse(
        success=True, message="Product updated", data=ProductOut.model_validate(product)
    )


@router.delete("/{product_id}", response_model=ApiResponse[None], summary="Delete product")
async def delete_product(
    product_id: int,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[None]:
    """Delete a product; for managers."""
    if current_user.role != "manager":
        raise HTTPException(status_code=403, detail="Managers only")
    await ProductService(db).delete(product_id)
    await AuditService().record(db, current_user.id, f"deleted product {product_id}")
    return ApiResponse(success=True, message="Product deleted")
