"""Who is next where requests wait for a place to arrive."""

import asyncio

from dmtdr_tf.serving.uploads import Uploads


async def _order(peers):
    uploads = Uploads(places=1, timeout=30)
    first = await uploads.enter(lambda: None, "first")
    served = []

    async def arrive(peer):
        place = await uploads.enter(lambda: None, peer)
        served.append(peer)
        uploads.leave(place)

    waiting = [asyncio.create_task(arrive(peer)) for peer in peers]
    await asyncio.sleep(0)
    uploads.leave(first)
    await asyncio.gather(*waiting)
    return served


def test_the_connection_with_the_fewest_is_next():
    served = asyncio.run(_order(["good", *["busy"] * 5, "late", "late"]))
    assert served[0] == "good"
    assert served[1:3] == ["late", "late"]


def test_connections_of_their_own_are_served_from_the_newest_on():
    async def newest():
        uploads = Uploads(places=1, timeout=30)
        first = await uploads.enter(lambda: None)
        served = []

        async def arrive(number):
            place = await uploads.enter(lambda: None)
            served.append(number)
            uploads.leave(place)

        waiting = [asyncio.create_task(arrive(n)) for n in range(3)]
        await asyncio.sleep(0)
        uploads.leave(first)
        await asyncio.gather(*waiting)
        return served

    assert asyncio.run(newest()) == [2, 1, 0]
