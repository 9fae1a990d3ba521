"""An answer to an append that is lost: what was appended is not appended once more."""

import asyncio
import http.client
from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from urllib.parse import urlsplit

import opendal
import pytest
from calls import Calls, Service
from opendal.exceptions import Error
from opendal.layers import RetryLayer
from servers import FaultProxy, HdfsServer, Listener
from servers.ftp import passing


def data_node(hdfs: HdfsServer, path: str) -> str:
    """Where the name node sends those who append to that file."""
    connection = http.client.HTTPConnection(urlsplit(hdfs.url).netloc)
    connection.request("POST", f"/webhdfs/v1{path}?op=APPEND&user.name={hdfs.user}")
    answer = connection.getresponse()
    connection.close()
    return urlsplit(answer.headers["Location"]).netloc


async def test_an_append_to_hdfs_whose_answer_is_lost_is_not_made_again(
    hdfs: HdfsServer, webhdfs: Service, kind: type[opendal.Operator]
) -> None:
    op = webhdfs.make(opendal.Operator)
    op.write("a", b"1")
    node = data_node(hdfs, f"{webhdfs.config['root'].rstrip('/')}/a")
    host, _, port = node.rpartition(":")
    with FaultProxy(host, int(port)) as proxy:
        there = f"{proxy.host}:{proxy.port}"

        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            """The name node, which sends to the proxy."""
            name = urlsplit(hdfs.url)
            answers, to = await asyncio.open_connection(name.hostname, name.port)

            async def answer() -> None:
                while block := await answers.read(64 * 1024):
                    writer.write(block.replace(node.encode(), there.encode()))

            answering = asyncio.create_task(answer())
            try:
                await passing(reader, to)
            finally:
                answering.cancel()
                to.close()

        with Listener(serve) as front:
            config = {**webhdfs.config, "endpoint": front.url}
            ops = Calls(replace(webhdfs, config=config).make(kind))
            lost = proxy.lose_answer(method="POST")
            with pytest.raises(Error, match="how much was appended is not known"):
                await ops.layer(RetryLayer(min_delay=0.01)).write("a", b"2", append=True)
            assert lost.hits == 1
            assert op.read("a") == b"12"
            await ops.write("a", b"3", append=True)
    assert op.read("a") == b"123"
