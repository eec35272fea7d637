"""A database that is gone: its exporter says so, and so does the referee."""

import asyncio
from pathlib import Path

from stanch.sandbox.database.part import Database
from stanch.sandbox.shop.part import Place
from stanch.sandbox.shop.shop import open_shop

NOW = 1_790_000_000.0


def test_the_exporter_tells_that_the_server_is_down(tmp_path: Path) -> None:
    shop, part = open_shop(now=NOW, seed=5, history=60), Database(seed=5)
    place = Place(tmp_path / "database")

    async def begin() -> None:
        await part.prepare(place)
        await part.start(shop, place)

    try:
        asyncio.run(begin())
        shop.add(part)
        shop.advance(shop.now + 30)
        assert part.reasons() == []
        server = part._server
        assert server is not None
        server.stop()
        for _ in range(40):
            shop.advance(shop.now + 5)
            if any(rule.name == "PostgresqlDown" for rule, _ in shop.alerts.firing()):
                break
            asyncio.run(asyncio.sleep(0.05))
        assert any(rule.name == "PostgresqlDown" for rule, _ in shop.alerts.firing())
        assert part.reasons() == ["database: it does not answer"]
    finally:
        asyncio.run(part.stop())
