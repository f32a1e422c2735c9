# /// case
# shows = "A server that serves until Ctrl-C."
# changes = ["run-until-complete-to-asyncio-run"]
# flags = ["--unsafe"]
# ///
import asyncio
import os
import signal


async def handle(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def talk(server):
    host, port = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"hello\n")
    print((await reader.readline()).decode().strip())
    writer.close()
    os.kill(os.getpid(), signal.SIGINT)


def main():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
    print(len(server.sockets), "socket")
    task = loop.create_task(talk(server))
    try:
        loop.run_forever()
    except KeyboardInterrupt:
        print("interrupted")
    server.close()
    loop.run_until_complete(server.wait_closed())
    loop.close()
    print("closed")


if __name__ == "__main__":
    main()
