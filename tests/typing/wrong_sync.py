"""Mistakes with the synchronous API: each marked line is one, and the others are right."""

import opendal


def keywords(op: opendal.Operator) -> None:
    op.read("a", offset=1)
    op.read("a", ofset=1)  # error
    op.write("a", b"x", contenttype="text/plain")  # error
    op.stat("a", offset=1)  # error
    op.list("a", recursiv=True)  # error
    op.scan("a", recursive=True)  # error
    op.delete("a", versions="v")  # error
    op.copy("a", "b", if_none_match="e")  # error
    op.rename("a", "b", chunk=1)  # error
    op.open("a", "rb", bogus=1)  # error
    op.exists("a", version="v")  # error
    op.presign_write("a", 60, append=True)  # error
    op.presign_delete("a", 60, recursive=True)  # error


def types(op: opendal.Operator) -> None:
    op.write("a", b"x")
    op.write("a", "x")  # error
    op.write("a", [1, 2])  # error
    op.read(b"a")  # error
    op.read(1)  # error
    op.read("a", offset="1")  # error
    op.read("a", if_modified_since="today")  # error
    op.write("a", b"x", append="yes")  # error
    op.write("a", b"x", user_metadata={"k": 1})  # error
    op.list("a", limit="many")  # error
    op.list("a", stat="no")  # error
    op.presign_read("a", "1h")  # error
    op.open()  # error
    op.open("a", buffering="1")  # error
    op.open("a", "r").write(b"x")  # error
    op.open("a", "wb").write("x")  # error
    op.copy("a")  # error
    length: str = op.stat("a").content_length  # error
    print(length, op.stat("a").content_lenght)  # error
    text: str = op.read("a")  # error
    print(text, op.capability().raed)  # error
    op.scheme = "s3"  # error


async def awaits(op: opendal.Operator) -> None:
    op.read("a")
    await op.read("a")  # error
    await op.check()  # error
    async for _ in op.list("a"):  # error
        pass
    async with op.open("a", "rb"):  # error
        pass


opendal.open(b"a")  # error
opendal.open()  # error
