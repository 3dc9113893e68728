import json

import aio_pika
import redis.asyncio as redis
import structlog

from app.core.events import event_bus
from app.core.redis_client import redis_client

logger = structlog.get_logger()

locks = redis.Redis(host="localhost", port=6379, db=4)


@event_bus.subscribe("stock.depleted")
def note_depletion(event: dict):
    logger.info("stock_depleted", sku=event["sku"])


@event_bus.subscribe("purchase_order.delivered")
async def close_purchase_order(event: dict):
    await redis_client.set(f"Purchase-Orders:{event['number']}", "closed", ttl=86400)
    logger.info("purchase_order_closed", number=event["number"])


async def on_reorder(message: aio_pika.IncomingMessage):
    try:
        order = json.loads(message.body)
    except ValueError:
        logger.warning("unreadable_reorder", body=message.body[:80])
        return
    await locks.set(f"reorder:{order['sku']}", 1, ex=60)
    await message.ack()


async def run():
    connection = await aio_pika.connect_robust("amqp://guest:guest@rabbitmq.internal:5672/")
    channel = await connection.channel()
    queue = await channel.declare_queue("inventory.reorder")
    await queue.consume(on_reorder)
    print("replenishment worker is waiting")
