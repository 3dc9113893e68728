import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.user import AuditEntry

logger = structlog.get_logger()


class AuditService:
    def __init__(self):
        self.recorded = 0

    async def record(self, db: AsyncSession, user_id: int, action: str):
        db.add(AuditEntry(user_id=user_id, action=action))
        await db.commit()
        self.recorded += 1
        logger.info("audit_entry_recorded", user_id=user_id)
