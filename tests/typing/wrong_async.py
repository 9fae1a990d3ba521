"""Mistakes with the asynchronous API: each marked line is one, and the others are right."""

import opendal


async def forgotten(op: opendal.AsyncOperator) -> None:
    await op.check()
    op.check()  # error
    op.read("a")  # error
    op.write("a", b"x")  # error
    op.stat("a")  # error
    op.delete("a")  # error
    op.copy("a", "b")  # error
    op.rename("a", "b")  # error
    op.create_dir("d/")  # error
    op.remove_all("d/")  # error
    op.exists("a")  # error
    op.presign_read("a", 60)  # error
    data: bytes = op.read("a")  # error
    print(data, op.stat("a").content_length)  # error
    for _ in op.list("a"):  # error
        pass
    with op.open("a", "rb"):  # error
        pass
    async with op.open("a", "wb") as writer:
        writer.write(b"x")  # error
        await writer.write(b"x")


async def keywords(op: opendal.AsyncOperator) -> None:
    await op.read("a", offset=1)
    await op.read("a", ofset=1)  # error
    await op.write("a", b"x", contenttype="text/plain")  # error
    await op.presign_write("a", 60, append=True)  # error
    await op.list("a", recursiv=True)  # error
    await op.open("a", "rb", bogus=1)  # error


async def types(op: opendal.AsyncOperator) -> None:
    await op.write("a", "x")  # error
    await op.read(b"a")  # error
    await op.read("a", size="1")  # error
    text: str = await op.read("a")  # error
    print(text)
    await op.capability()  # error
